#!/usr/bin/env bash
# bench/two-machines.sh RATE COMMAND…   runs a command as two ranks that see each other over a network of RATE (as 1gbit) alone.
#
# Two network namespaces of this machine, with a name each, stand for two machines; a token bucket at both ends of the cable between them
# limits each direction. Needs root, iproute2 and openmpi-bin.
set -euo pipefail
if [[ ${1-} == --start ]]; then
    # As mpirun would start its daemon by ssh: the address, then what to run there.
    shift 2
    exec ip netns exec "$MMDIFF_OTHER" unshare --uts sh -c "hostname $MMDIFF_OTHER; $*"
fi
(($# >= 2)) || { sed -n '2,5s/^# \{0,1\}//p' "$0" >&2; exit 2; }
rate=$1
shift
here=mmdiff$$a there=mmdiff$$b
cleanup() {
    for name in "$here" "$there"; do ip netns del "$name" 2>/dev/null || true; done
}
trap cleanup EXIT
for name in "$here" "$there"; do
    ip netns add "$name"
    ip -n "$name" link set lo up
done
ip -n "$here" link add cable type veth peer name cable netns "$there"
for end in "$here 10.87.0.1" "$there 10.87.0.2"; do
    read -r name address <<<"$end"
    ip -n "$name" address add "$address/24" dev cable
    ip -n "$name" link set cable up
    # Without what a real card does for the processor, a packet is one on the wire, too.
    ip netns exec "$name" tc qdisc add dev cable root tbf rate "$rate" burst 256kb latency 50ms
done
export MMDIFF_OTHER=$there
ip netns exec "$here" unshare --uts sh -c 'hostname "$0"; exec "$@"' "$here" \
    mpirun --allow-run-as-root --bind-to none -n 2 -host 10.87.0.1:1,10.87.0.2:1 --mca plm_rsh_agent "$(readlink -f -- "$0") --start" \
    --mca btl tcp,self --mca btl_tcp_if_include cable --mca oob_tcp_if_include cable -x OMP_NUM_THREADS="${OMP_NUM_THREADS:-1}" "$@"
