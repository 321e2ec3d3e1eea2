// Tests count live tensors, which are counted for the whole process; and libtorch uses every core by itself.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
