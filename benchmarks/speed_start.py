"""How long the package and its command take to start."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

TITLE = "Start"
ABOUT = """
Seconds of a whole process, from the start of Python to its end; a trial also fits the model that is
loaded, and starts the benchmark itself. What `skwbc predict` needs for one image stands
beside a script that loads the same file and predicts.
"""
REFERENCE = "skwbc"
N_REPEATS = 3
COMMANDS = {
    "import": {
        REFERENCE: ["-c", "import skwbc"],
        "import sklearn": ["-c", "import sklearn"],
        "import keras": ["-c", "import keras"],
    },
    "command": {
        REFERENCE: ["-m", "skwbc", "--help"],
        "python -m pip --help": ["-m", "pip", "--help"],
    },
    "predict": {
        REFERENCE: ["-m", "skwbc", "predict", "{folder}/model.skwbc", "{folder}/cell.png"],
        "a script": [
            "-c",
            "import numpy as np; from PIL import Image; import skwbc;"
            "image = np.asarray(Image.open('{folder}/cell.png'));"
            "print(skwbc.load('{folder}/model.skwbc').predict(image[None]))",
        ],
    },
}
TRIALS = [(case, arm) for case, arms in COMMANDS.items() for arm in arms]


def run(case, arm):
    """Run the command; give its "seconds"."""
    command = COMMANDS[case][arm]
    with tempfile.TemporaryDirectory() as folder:
        if case == "predict":
            write_model(Path(folder))
        words = [sys.executable, *(word.replace("{folder}", folder) for word in command)]
        start = time.perf_counter()
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return {"seconds": time.perf_counter() - start}


def write_model(folder):
    """Fit a classifier for one step, and write it and an image."""
    import numpy as np
    from PIL import Image

    import skwbc

    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (8, 64, 64, 3), dtype=np.uint8)
    classifier = skwbc.CompactCNNClassifier(epochs=1, validation_fraction=0, random_state=0)
    skwbc.save(classifier.fit(images, np.arange(8) % 4), folder / "model.skwbc")
    Image.fromarray(images[0]).save(folder / "cell.png")
