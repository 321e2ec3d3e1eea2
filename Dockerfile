# The command line in a container, of the archive that is built first:
#   dotnet build packaging/release.proj -t:Archives -p:Systems=linux-x64
#   docker build -t mmdiff .
#   docker run --rm -v "$PWD":/work mmdiff sample
FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ffmpeg openssl \
    && rm -rf /var/lib/apt/lists/*
ADD artifacts/archives/mmdiff-linux-x64.tar.gz /opt/
RUN useradd --uid 10001 --create-home mmdiff \
    && ln -s /opt/mmdiff-linux-x64/mmdiff /usr/local/bin/mmdiff \
    && install -d -o mmdiff /work
USER mmdiff
WORKDIR /work
HEALTHCHECK --interval=1m --timeout=30s CMD ["mmdiff", "info"]
ENTRYPOINT ["mmdiff"]
