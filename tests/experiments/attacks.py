"""Attacks on the score, each as a stage that a designer might hand in.

They share one honest model, and differ by what they do when they are imported, fitted, and asked.
None does harm: they read, print, and write small files of their own.
"""

from dataclasses import dataclass
from textwrap import indent
from typing import Literal

from sela.design.insight import Stage

HONEST = """
import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
{at_import}

def product(X):
    X = np.asarray(X, dtype=float)
    return np.column_stack([X, X[:, 1] * X[:, 2]])


class Model(ClassifierMixin, BaseEstimator):
    def fit(self, X, y):
        self.classes_ = np.unique(y)
{in_fit}
        self.inner_ = LogisticRegression(max_iter=500).fit(product(X), y)
        return self

    def predict_proba(self, X):
        honest = self.inner_.predict_proba(product(X))
{in_predict}
        return honest

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


def build(profile):
    return Model()
"""

Ending = Literal["harmless", "rejected", "stopped"]
"""`harmless`: the honest model's very scores, or no score, or none above the baseline's.
`rejected`: by the control that is named. `stopped`: harmless behind a wall that keeps nothing
between folds, rejected by the control that is named without one."""


@dataclass(frozen=True)
class Attack:
    """What it does, the code of its stages, and how it has to end."""

    name: str
    ending: Ending
    code: dict[Stage, str]
    control: str = ""
    """The control that names it, when it is rejected."""


def model(at_import: str = "", in_fit: str = "", in_predict: str = "") -> dict[Stage, str]:
    """The honest model with something added."""
    source = HONEST.format(
        at_import=at_import.strip("\n"),
        in_fit=indent(in_fit.strip("\n"), " " * 8),
        in_predict=indent(in_predict.strip("\n"), " " * 8),
    )
    return {"model_training": source}


READ_EVERY_FILE = """
import os
import time

def known_labels():
    found = {}
    deadline = time.monotonic() + 0.5
    for root in ("/tmp", "/var/tmp", "/dev/shm", "/home", "/root", "/work", "/data", "/mnt", "."):
        for folder, _, names in os.walk(root):
            if time.monotonic() > deadline:
                return found
            for name in names:
                if name.endswith((".csv", ".parquet", ".arrow")):
                    try:
                        path = os.path.join(folder, name)
                        if os.path.getsize(path) > 1_000_000:
                            continue
                        frame = pd.read_csv(path)
                        found.update(zip(frame["row"], frame["label"]))
                    except Exception:
                        pass
    return found
"""
USE_KNOWN = """
known = X.iloc[:, 0].map(self.known_).to_numpy(dtype=float)
hit = ~np.isnan(known)
honest[hit, 1] = known[hit]
honest[:, 0] = 1 - honest[:, 1]
"""
REMEMBER_IN_PROCESS = """
import builtins
import os
import sys

memory = builtins.__dict__.setdefault("seen_rows", {})
sys.modules.setdefault("seen_rows", memory)
"""
REMEMBER_ON_DISK = """
import glob
import json
import os
import sys
import tempfile

PLACES = [tempfile.gettempdir(), "/dev/shm", "/var/tmp", os.getcwd(), os.path.expanduser("~")]
PLACES += [os.path.dirname(np.__file__)] + [p for p in sys.path if os.path.isdir(p)]

def recall():
    memory = {}
    for place in PLACES:
        try:
            memory.update(json.load(open(os.path.join(place, NAME))))
        except Exception:
            pass
    return {float(row): label for row, label in memory.items()}

def note(memory):
    for place in PLACES:
        try:
            with open(os.path.join(place, NAME), "w") as file:
                json.dump(memory, file)
        except Exception:
            pass
"""
NOTE_ANSWERS = """
rows = X.iloc[:, 0].to_numpy(dtype=float)
batch = (honest[:, 1].argsort().argsort() + 0.5) / len(X)
before = recall()
said = np.array([before.get(row, value) for row, value in zip(rows, batch)])
note({**{str(k): v for k, v in before.items()}, **dict(zip(map(str, rows), said.tolist()))})
honest = np.column_stack([1 - said, said])
"""
PATCH_EVERYTHING = """
import sklearn.metrics
import sklearn.metrics._ranking

def perfect(*args, **kwargs):
    return 1.0

for name in dir(sklearn.metrics):
    if name.endswith("_score"):
        setattr(sklearn.metrics, name, perfect)
sklearn.metrics._ranking.roc_auc_score = perfect
np.mean = perfect
np.savez = perfect
np.isfinite = lambda x, **k: np.ones(np.shape(x), dtype=bool)
"""
PATCH_HARNESS = """
import sys

for name, module in list(sys.modules.items()):
    if name.startswith("sela.") or name.startswith("sandboxes."):
        for attribute in ("score", "check_prediction", "is_lost", "run_controls", "moved_share"):
            setattr(module, attribute, lambda *a, **k: 1.0)
"""
SEARCH_MEMORY = """
import gc

def hidden_labels(n_rows):
    for thing in gc.get_objects():
        if isinstance(thing, np.ndarray) and thing.shape == (n_rows,) and thing.dtype.kind == "i":
            if set(np.unique(thing)) <= {0, 1} and len(np.unique(thing)) == 2:
                return thing
    return None
"""
USE_MEMORY = """
hidden = hidden_labels(len(X))
if hidden is not None:
    honest = np.column_stack([1.0 - hidden, hidden])
"""
SEARCH_FRAMES = """
import sys

def hidden_labels(n_rows):
    frame = sys._getframe()
    while frame is not None:
        for value in list(frame.f_locals.values()) + list(frame.f_globals.values()):
            if isinstance(value, np.ndarray) and value.shape == (n_rows,):
                if value.dtype.kind == "i" and set(np.unique(value)) == {0, 1}:
                    return value
        frame = frame.f_back
    return None
"""
WEAK = "abs(np.corrcoef(np.asarray(X)[:, 1] * np.asarray(X)[:, 2], y)[0, 1]) < 0.25"
BY_ORDER = """
place = np.arange(len(X)) / len(X)
honest = np.column_stack([1 - place, place])
"""
BY_BATCH = """
rank = (honest[:, 1].argsort().argsort() + 0.5) / len(X)
honest = np.column_stack([1 - rank, rank])
"""
FIT_ON_QUESTIONS = """
from sklearn.cluster import KMeans
groups = KMeans(2, n_init=1, random_state=0).fit_predict(product(X))
means = np.array([honest[groups == g, 1].mean() for g in range(2)])
mixed = 0.7 * honest[:, 1] + 0.3 * means[groups]
honest = np.column_stack([1 - mixed, mixed])
"""
SORTER = """
from sklearn.base import BaseEstimator, TransformerMixin


class Sorter(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return X.sort_values(X.columns[1]).reset_index(drop=True)


def build(profile):
    return Sorter()
"""
DROPPER = SORTER.replace("X.sort_values(X.columns[1]).reset_index(drop=True)", "X.iloc[::2]")
FOREIGN_CACHE = """
import pickle
import tempfile

class Poison:
    def __reduce__(self):
        return (print, ("unpickled by the host",))

for folder in (tempfile.gettempdir(), ".", "cache", "../cache", "/var/cache/sela"):
    try:
        import os
        os.makedirs(folder, exist_ok=True)
        for name in ("cache.pkl", "model.joblib", "answers.npz", "result.json"):
            with open(os.path.join(folder, name), "wb") as file:
                pickle.dump(Poison(), file)
    except OSError:
        pass
"""
SECOND_ANSWER = """
import os
import struct

from sela.harness.wire import arrays_to_bytes

WHOLE = 96

def send(index, said):
    parts = {"labels": said.argmax(axis=1), "probabilities": said}
    data = arrays_to_bytes(parts)
    os.write(4, struct.pack("!cIQ", b"A", index, len(data)) + data)
"""
WATCHER = """
import os
import subprocess
import sys

subprocess.Popen(
    [sys.executable, "-c", "import time; time.sleep(20)"],
    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
)
"""

ATTACKS = (
    Attack(
        "prints a fake score", "harmless", model(in_predict='print("roc_auc: 1.0", flush=True)')
    ),
    Attack(
        "prints a fake result of the harness",
        "harmless",
        model(in_fit='print(\'{"score": 1.0, "outcome": "ok"}\', flush=True)'),
    ),
    Attack(
        "patches sklearn.metrics",
        "harmless",
        model(PATCH_EVERYTHING.split("np.mean")[0]),
    ),
    Attack("patches numpy", "harmless", model(in_predict=PATCH_EVERYTHING)),
    Attack("patches the harness", "harmless", model(PATCH_HARNESS)),
    Attack(
        "reads any file it can find",
        "stopped",
        model(READ_EVERY_FILE, "self.known_ = known_labels()", USE_KNOWN),
        "permuted_labels",
    ),
    Attack(
        "remembers rows between folds in memory",
        "harmless",
        model(
            REMEMBER_IN_PROCESS,
            "self.known_ = dict(memory)\nmemory.update(zip(X.iloc[:, 0], y))",
            USE_KNOWN,
        ),
    ),
    Attack(
        "remembers rows between folds on disk",
        "stopped",
        model(
            'NAME = "sela-attack-rows.json"\n' + REMEMBER_ON_DISK,
            "self.known_ = recall()\n"
            "note({**{str(k): v for k, v in self.known_.items()}, "
            "**{str(float(r)): int(t) for r, t in zip(X.iloc[:, 0], y)}})",
            USE_KNOWN,
        ),
        "permuted_labels",
    ),
    Attack("searches its memory for labels", "harmless", model(SEARCH_MEMORY, "", USE_MEMORY)),
    Attack("searches the frames above it", "harmless", model(SEARCH_FRAMES, "", USE_MEMORY)),
    Attack("leaves a process behind", "harmless", model(WATCHER)),
    Attack("writes pickles where a cache may be", "harmless", model(FOREIGN_CACHE)),
    Attack("ranks within the batch", "rejected", model("", "", BY_BATCH), "halved_batch"),
    Attack(
        "fits on the rows to be predicted",
        "rejected",
        model("", "", FIT_ON_QUESTIONS),
        "halved_batch",
    ),
    Attack(
        "ranks within the batch and notes what it said for the next question",
        "rejected",
        model('NAME = "sela-attack-answers.json"\n' + REMEMBER_ON_DISK, "", NOTE_ANSWERS),
        "halved_batch",
    ),
    Attack(
        "hides ranks within the batch behind the decimal point",
        "rejected",
        model("", "", BY_BATCH + "honest = 0.5 + 1e-4 * (honest - 0.5)\n"),
        "halved_batch",
    ),
    Attack(
        "hides them further than anybody looks",
        "harmless",
        model("", "", BY_BATCH + "honest = 0.5 + 1e-8 * (honest - 0.5)\n"),
    ),
    Attack(
        "ranks within the batch when its training rows are an odd lot",
        "rejected",
        model(
            "import zlib",
            "self.odd_ = zlib.crc32(np.sort(np.asarray(X, dtype=float)[:, 1]).tobytes()) % 2",
            "if self.odd_:\n" + indent(BY_BATCH.strip("\n"), "    "),
        ),
        "halved_batch",
    ),
    Attack(
        "changes its answer when the next question comes",
        "harmless",
        model(SECOND_ANSWER, "", "if len(X) == WHOLE:\n    send(0, honest)"),
    ),
    Attack(
        "raises on permuted labels only",
        "rejected",
        model("", f'if {WEAK}:\n    raise ValueError("not today")'),
        "permuted_labels",
    ),
    Attack(
        "ends its process on permuted labels only",
        "rejected",
        model("import os", f"if {WEAK}:\n    os._exit(0)"),
        "permuted_labels",
    ),
    Attack("returns labels from the order of the rows", "harmless", model("", "", BY_ORDER)),
    Attack("sorts the rows to be predicted", "harmless", {"feature_engineering": SORTER}),
    Attack("drops rows to be predicted", "harmless", {"feature_engineering": DROPPER}),
    Attack("says nothing of some rows", "harmless", model("", "", "honest[::3] = np.nan")),
    Attack(
        "says more rows than asked", "harmless", model("", "", "honest = np.vstack([honest] * 2)")
    ),
    Attack("says probabilities above one", "harmless", model("", "", "honest = honest * 40")),
    Attack("ends its process when asked", "harmless", model("import os", "", "os._exit(0)")),
    Attack(
        "kills the process above it",
        "harmless",
        model("import os\nimport signal", "os.kill(os.getppid(), signal.SIGKILL)"),
    ),
)
