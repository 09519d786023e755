# Two commands do everything on a fresh machine:  make run   |   make test
# Needed beforehand: make, any python3 >= 3.8, and Node.js >= 18 for the chat page. The rest (uv,
# Python 3.13 where it is missing, Rasa, the page's packages) is fetched into this folder.

SHELL      := /bin/sh
UV_VERSION := 0.13.9
TOOLS      := .tools
PYTHON     := 3.13
VENV       := .venv
BENCHMARK  := .venv-benchmark
UV         := $(TOOLS)/bin/uv
PY         := $(VENV)/bin/python
MODEL      := models/assistant.tar.gz
SITE        = $(VENV)/lib/python$(PYTHON)/site-packages
HOST         ?= 127.0.0.1
PORT         ?= 5005
ACTIONS_PORT ?= 5055
PYTHONS    := python3 python3.14 python3.13 python3.12 python3.11 python3.10 python3.9 python3.8 python /usr/bin/python3

# PYENV_VERSION beats .python-version; PYTHONPATH and PYTHONHOME bring foreign packages;
# PYTHONDONTWRITEBYTECODE makes every start compile 6000 modules again.
unexport PYENV_VERSION PYTHONPATH PYTHONHOME PYTHONDONTWRITEBYTECODE VIRTUAL_ENV UV_PYTHON
export RASA_TELEMETRY_ENABLED := false

TRAINING_INPUTS := config.yml domain.yml $(shell find data nlu -name '*.yml' -o -name '*.jsonl' -o -name '*.txt' -o -name '*.npz' -o -name '*.py' 2>/dev/null)
INPUTS_LIST     := models/.inputs
PAGE_INPUTS     := $(shell find web -path web/node_modules -prune -o -path web/dist -prune -o -path web/tests -prune -o -type f -print 2>/dev/null)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: force explain pytest test-container test-faults backup restore retention cluster help run shell test programs check train setup page agent tickets setup-dev evaluate converse benchmark-nlu benchmark-training benchmark-desk benchmark-turns benchmark-capacity benchmark-reader demo-wechat demo-weibo lock clean

help: ## say what each command does
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: train $(VENV)/.ready-reader ## start the assistant and its chat page (PORT=5005 HOST=127.0.0.1)
	@$(MAKE) --no-print-directory page || echo "没有聊天页面，其余照常 / starting without the page" >&2
	@$(PY) run.py --host $(HOST) --port $(PORT) --actions-port $(ACTIONS_PORT)

shell: train ## talk to the assistant in the terminal
	@$(PY) run.py --shell --port $(PORT) --actions-port $(ACTIONS_PORT)

test: ## check, and every test (three at a time)
	@$(MAKE) --no-print-directory -j3 setup-dev page programs
	@$(MAKE) --no-print-directory -j2 check pytest

# Beside the checks, so that no processor is idle; they are done long before.
pytest: train
	$(PY) -m pytest -n 3

test-faults: train setup-dev programs ## kill, fill, lock, slow down under load, ROUNDS=3 times: what was lost (SEED repeats one)
	FAULTS_ROUNDS=$(or $(ROUNDS),3) $(if $(SEED),FAULTS_SEED=$(SEED)) $(PY) -m pytest tests/faults

test-container: setup-dev ## build the image of deploy/Dockerfile, start it and talk with it (5 minutes; ENGINE=docker, podman or buildah)
	@$(PY) runtime/quiet.py tests.container

check: setup-dev web/node_modules/.ready ## lint, formatting, types, training data, content; the pages' too
	$(VENV)/bin/ruff check --quiet .
	$(VENV)/bin/ruff format --quiet --check .
	$(VENV)/bin/mypy --no-error-summary
	$(PY) -m content
	$(PY) -m nlu.check
	$(PY) runtime/quiet.py rasa data validate --quiet --fail-on-warnings
	cd web && npm run --silent check

programs:
	@tests/install-programs.sh

train: $(MODEL) ## train the model, if what it learns from has changed

page: web/dist/.built ## build the chat page, if its sources have changed

agent: setup ## make an agent's account for /desk: NAME=login [SHOWN=小王] [ROLE=lead] [SKILLS=退款,提现]
	@test -n "$(NAME)" || { echo "make agent NAME=login [SHOWN=小王] [ROLE=lead]" >&2; exit 1; }
	@$(PY) -m desk agent "$(NAME)" --name "$(SHOWN)" --role "$(or $(ROLE),agent)" --skills "$(SKILLS)"

explain: train ## show how a message is read, and why: TEXT=那要几天 [AFTER="退款多久|…"]
	@$(PY) runtime/quiet.py runtime.explain "$(TEXT)" --after "$(AFTER)"

tickets: setup ## list the customers who wait for a human
	@$(PY) -m desk

setup: $(VENV)/.shims $(VENV)/.ready-reader
setup-dev: $(VENV)/.shims $(VENV)/.ready-reader $(VENV)/.ready-dev

# ---- how the pieces are made

# Any python3 that can make a virtual environment makes a small one that holds uv.
$(UV):
	@set -e; for p in $(PYTHONS) "$${PYENV_ROOT:-$$HOME/.pyenv}"/versions/3.*/bin/python3; do \
	  if "$$p" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 8))' 2>/dev/null; then \
	    echo "== uv $(UV_VERSION)"; rm -rf $(TOOLS); "$$p" -m venv $(TOOLS); \
	    exec $(TOOLS)/bin/python -m pip install -q --disable-pip-version-check uv==$(UV_VERSION); \
	  fi; done; \
	echo "没有可用的 python3（需要 3.8 以上，带 venv）/ no usable python3 (>= 3.8, with venv)." >&2; \
	echo "Debian/Ubuntu: sudo apt-get install python3 python3-venv" >&2; exit 1

# That Python on PATH or under pyenv; otherwise uv downloads one.
$(PY): | $(UV)
	@set -e; echo "== Python $(PYTHON)"; rm -rf $(VENV); \
	for p in python$(PYTHON) "$${PYENV_ROOT:-$$HOME/.pyenv}"/versions/$(PYTHON).*/bin/python$(PYTHON) $(PYTHON); do \
	  case $$p in $(PYTHON)) ;; *) "$$p" -c 'import venv' 2>/dev/null || continue ;; esac; \
	  $(UV) venv -q --python "$$p" $(VENV) && exit 0; done; \
	echo "没有 Python $(PYTHON) / no Python $(PYTHON). 用 pyenv 安装 / install it: pyenv install $(PYTHON)" >&2; \
	echo "或者指定 uv 的下载镜像 / or name a mirror for uv: UV_PYTHON_INSTALL_MIRROR=..." >&2; exit 1

$(VENV)/.ready: requirements.lock | $(PY)
	@$(PY) -c 'import sys; sys.exit("%d.%d" % sys.version_info[:2] != "$(PYTHON)")' \
	  || { rm -rf $(VENV); $(MAKE) --no-print-directory $(PY); }  # made for an older state
	@echo "== Packages (about 230 MB to download the first time)"
	@$(UV) pip sync -q --python $(PY) --require-hashes requirements.lock
	@$(PY) -W ignore -m compileall -q $(SITE)/jieba $(SITE)/docopt.py  # Python 3.12 and later complain of them once
	@touch $@

# What plain `rasa` needs, too, when it runs in this environment: the file says why.
$(VENV)/.shims: runtime/rasa_shims.py runtime/rasa_absent.py $(VENV)/.ready
	@cp runtime/rasa_shims.py runtime/rasa_absent.py $(SITE)/ && echo 'import rasa_shims' > $(SITE)/rasa_shims.pth
	@touch $@

# What reads pictures, where there are wheels of it: without it all else works as it is. Its lock
# names all there is, and says no to what a package asks for besides.
$(VENV)/.ready-reader: requirements-reader.lock $(VENV)/.ready
	@echo "== Packages that read pictures (about 125 MB to download the first time)"
	@$(UV) pip install -q --python $(PY) --only-binary :all: --no-deps --require-hashes -r requirements-reader.lock \
	  || echo "图片读不了，其余照常 / pictures are not read, all else works (docs/pictures.md)" >&2
	@touch $@

# Syncing takes away what is not in requirements.lock, so these come again after it.
$(VENV)/.ready-dev: requirements-dev.lock $(VENV)/.ready
	@echo "== Development packages"
	@$(UV) pip install -q --python $(PY) --require-hashes -r requirements-dev.lock
	@touch $@

# Of a file that was deleted there is no time to compare. The list itself changes then; the first one
# is old, so that a model from elsewhere need not be trained again.
$(INPUTS_LIST): force
	@mkdir -p $(@D); echo '$(sort $(TRAINING_INPUTS))' | tr ' ' '\n' > $@.new; \
	if cmp -s $@.new $@; then rm $@.new; \
	elif [ -e $@ ]; then mv $@.new $@; else mv $@.new $@; touch -t 200001010000 $@; fi

# Neither of our policies learns from augmented stories: making and hashing hundreds took 5 s. With one
# thread the model is the same on any number of cores, and other work does not make it wait by spinning.
$(MODEL): $(VENV)/.ready $(TRAINING_INPUTS) $(INPUTS_LIST) | $(VENV)/.shims
	@echo "== Training (six to ten minutes)"
	@OPENBLAS_NUM_THREADS=1 $(PY) runtime/quiet.py rasa train --quiet --augmentation 0 --out models --fixed-model-name assistant
	@touch $@

# Rasa as it comes, with TensorFlow: its own pins want Python 3.10.
$(BENCHMARK)/.ready: benchmarks/stock.lock | $(UV)
	@echo "== Rasa as it comes, with TensorFlow, on Python 3.10"
	@for p in python3.10 "$${PYENV_ROOT:-$$HOME/.pyenv}"/versions/3.10.*/bin/python3.10 3.10; do \
	  case $$p in 3.10) ;; *) "$$p" -c 'import venv' 2>/dev/null || continue ;; esac; break; done; \
	$(UV) venv -q --clear --python "$$p" $(BENCHMARK)
	@echo setuptools==70.3.0 > $(BENCHMARK)/build.txt
	@$(UV) pip install -q --no-config --python $(BENCHMARK)/bin/python -b $(BENCHMARK)/build.txt --no-deps --require-hashes -r benchmarks/stock.lock
	@$(UV) pip install -q --no-config --python $(BENCHMARK)/bin/python -c benchmarks/stock.lock tensorflow-cpu==2.12.0 tensorflow-addons==0.23.0
	@touch $@

web/node_modules/.ready: web/package.json web/package-lock.json web/.npmrc
	@command -v npm >/dev/null || { \
	  echo "聊天页面需要 Node.js 18 以上 / the chat page needs Node.js >= 18." >&2; \
	  echo "Debian/Ubuntu: sudo apt-get install nodejs npm" >&2; exit 1; }
	@echo "== The page's packages"
	@cd web && npm ci --no-audit --no-fund --ignore-scripts --loglevel=error
	@touch $@

web/dist/.built: $(PAGE_INPUTS) web/node_modules/.ready
	@echo "== Chat page"
	@cd web && npx vite build --logLevel warn
	@touch $@

evaluate: train setup-dev ## measure how well it understands: FILE=intent<TAB>text, FOLDS=5
	@$(PY) runtime/quiet.py benchmarks.evaluate $(FILE) $(if $(FOLDS),--folds $(FOLDS))

converse: $(if $(URL),,train) setup-dev ## play conversations: FILE=tests/conversations, URL= of a running assistant, OPTIONS="--kinds followup --only 退款 --verbose"
	@$(PY) runtime/quiet.py tests.conversations.player $(if $(FILE),"$(FILE)") $(if $(URL),--url "$(URL)") $(OPTIONS)

benchmark-nlu: setup-dev $(BENCHMARK)/.ready ## our pipeline beside Rasa's usual one and a scikit-learn one (about 20 minutes)
	@$(PY) runtime/quiet.py benchmarks.nlu $(FILE)

benchmark-turns: train $(BENCHMARK)/.ready ## a turn beside a stock Rasa project: how fast, how flat, how large (10 minutes)
	@$(PY) runtime/quiet.py benchmarks.turns

benchmark-capacity: train ## what a worker carries and costs, alone and in the cluster (3 minutes; OPTIONS="--soak 100000": is memory flat)
	@$(PY) runtime/quiet.py benchmarks.capacity $(OPTIONS)

benchmark-reader: train setup-dev programs ## how well pictures are read, and what it costs (5 minutes; OPTIONS="--verbose chat photo")
	@$(PY) runtime/quiet.py benchmarks.reader $(OPTIONS)

benchmark-training: train ## what customers feel while a version is trained in the background (5 minutes)
	@$(PY) runtime/quiet.py benchmarks.training

benchmark-desk: train ## 200 customers wait while 20 agents talk: lost, doubled, how fast (3 minutes)
	@$(PY) runtime/quiet.py benchmarks.desk

cluster: train $(VENV)/.ready-reader ## the larger installation as processes: PostgreSQL, Redis, WORKERS=2, nginx (PORT=8080)
	@$(MAKE) --no-print-directory page || echo "没有聊天页面，其余照常 / starting without the page" >&2
	@$(PY) -W ignore deploy/cluster.py --port $(if $(filter 5005,$(PORT)),8080,$(PORT)) --workers $(or $(WORKERS),2) $(if $(FOLDER),--folder $(FOLDER))

backup: setup ## write database and pictures into a new folder in TO=backups
	@deploy/backup.sh $(or $(TO),backups)

restore: setup ## bring back a backup, when everything is stopped: FROM=backups/20261122-033000
	@deploy/restore.sh "$(FROM)"

retention: setup ## delete customers' data that is older than DAYS=180
	@$(PY) -W ignore -m desk retention --days $(or $(DAYS),180)

demo-wechat: train setup-dev ## talk as a WeChat user to a stand-in of WeChat, and see the traffic
	@$(PY) runtime/quiet.py standins.demo wechat $(OPTIONS)

demo-weibo: train setup-dev ## the same for Weibo
	@$(PY) runtime/quiet.py standins.demo weibo $(OPTIONS)

# The locks themselves say what stays as it is, so that one package can be upgraded alone.
LOCK := $(UV) pip compile -q --universal --generate-hashes --no-annotate --no-header \
        $(if $(filter all,$(PACKAGE)),--upgrade,$(addprefix --upgrade-package ,$(PACKAGE)))
lock: | $(PY) ## write the locks anew, after editing pyproject.toml or to upgrade: PACKAGE=pillow, PACKAGE=all
	$(LOCK) --python $(PY) pyproject.toml -o requirements.lock
	$(LOCK) --python $(PY) --group reader -c requirements.lock -o requirements-reader.lock
	$(LOCK) --python $(PY) --group dev -c requirements.lock -o requirements-dev.lock

clean: ## remove everything that was made here; conversations and tickets in var/ stay
	rm -rf $(VENV) $(BENCHMARK) $(TOOLS) models results reports .rasa .cache .mypy_cache .ruff_cache .pytest_cache web/node_modules web/dist
