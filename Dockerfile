# scratchd in a container: an image that holds one file.
#
#     docker build -t scratchd .
#     docker run --rm -p 8080:8080 -v "$PWD/site:/srv/www:ro" scratchd
#
# or, for a site that travels with its server:
#
#     FROM scratchd
#     COPY site /srv/www
#
# or, as one file without any other, made by `scratchd bundle site -o www`
# (--base takes a scratchd of another architecture):
#
#     FROM scratch
#     COPY www /www
#     USER 65534:65534
#     ENTRYPOINT ["/www"]

# The build stage, where Debian's gcc and make are all that is needed. Another
# Debian is taken with --build-arg BASE=, a mirror's for example.
ARG BASE=docker.io/library/debian:12-slim
FROM ${BASE} AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends gcc make \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
# .dockerignore lets in what make reads and nothing else, so that a change in
# the tests or the documents does not build anew.
COPY . .
# make builds for the machine that it runs on: on an Arm host, an Arm image.
RUN make && mv "$(make -s print-BUILD)/scratchd" /scratchd

# The image. There is no shell and no package to keep up to date.
FROM scratch
LABEL org.opencontainers.image.description="A static web server in C, without a libc" \
      org.opencontainers.image.licenses="MIT"
COPY --from=build /scratchd /scratchd
# The root of the site is the working directory, which is what scratchd serves
# when it is given no ROOT. So there is no CMD: whatever follows the image's
# name on the command line adds options and does not displace the root.
# Empty, it answers 404; a site is mounted or copied here.
WORKDIR /srv/www
# By number, for there is no /etc/passwd. 65534 is nobody's, and owns nothing:
# not the site, which a server need only read.
USER 65534:65534
# Above 1024, so that no capability is needed to listen there.
EXPOSE 8080
# Docker asks every 30 s. Whoever moves the port gives a check of his own.
ENV SCRATCHD_HEALTH_PATH=/healthz
HEALTHCHECK CMD ["/scratchd", "probe", "http://127.0.0.1:8080/healthz"]
# scratchd is the first process itself, not a shell's child, and drains its
# connections on this signal.
STOPSIGNAL SIGTERM
ENTRYPOINT ["/scratchd"]
