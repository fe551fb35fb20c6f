"""Compare what can be done about small classes, on the crops of BCCD; write docs/samplers.md.

python benchmarks/samplers.py ../shared/data/bccd                  # all arms, five folds
python benchmarks/samplers.py ../shared/data/bccd --repeats 3 --arms none GANOverSampler
python benchmarks/samplers.py --page                               # only the page

Each arm is run on each fold in a process of its own; what is already in results/samplers.csv is
not run again, so that a run that was stopped goes on.
"""

import argparse
import json
import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import pandas as pd
from gan_ingredients import INGREDIENTS
from peer_arms import PEERS, install_peer
from sampler_arms import SAMPLERS
from sampler_page import write_page
from trial_rows import add_row, describe_run, read_rows, run_trial

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "samplers.csv"
ARMS = ["none", "class weights", *SAMPLERS]
MAIN_ARMS = [arm for arm in ARMS if arm not in INGREDIENTS]
N_FOLDS = 5
SIZE = 64  # pixels
KEYS = ["repeat", "fold", "arm"]
SHOWN = (0, 0, "GANOverSampler")  # of which contact sheets are drawn
SHEETS = HERE.parent / "docs" / "results"
TIMED = ["VanillaGANOverSampler", *(arm for arm, peer in PEERS.items() if peer.timed)]
CLOCK = "GANOverSampler"  # those train for as many seconds as this one


def main():
    """Run what is missing and write the page; or run one trial and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", nargs="?", help="where BCCD lies")
    parser.add_argument("--repeats", type=int, default=1, help="of five folds each")
    parser.add_argument(
        "--folds", type=int, nargs="+", choices=range(N_FOLDS), default=range(N_FOLDS)
    )
    parser.add_argument("--arms", nargs="+", choices=ARMS, default=MAIN_ARMS)
    parser.add_argument("--n-steps", type=int, default=500, help="of the classifier")
    parser.add_argument(
        "--untimed", action="store_true", help="other work runs beside: keep no seconds"
    )
    parser.add_argument("--images", help="folder of synthetic images, kept and found again there")
    parser.add_argument("--page", action="store_true", help="only write the page")
    parser.add_argument("--only", help=argparse.SUPPRESS)  # one trial, as JSON
    arguments = parser.parse_args()
    if arguments.only:
        figures = measure(arguments.folder, **json.loads(arguments.only))
        print(json.dumps(figures, default=float))
        return
    if not arguments.page:
        if arguments.folder is None:
            parser.error("give the folder of BCCD, or --page")
        run_all(arguments)
    write_page(read_rows(RESULTS, KEYS))


def run_all(arguments):
    """Run each arm on each fold, if it isn't in the results yet."""
    for repeat in range(arguments.repeats):
        for fold in arguments.folds:
            for arm in sorted(arguments.arms, key=ARMS.index):
                trial = {"repeat": repeat, "fold": fold, "arm": arm}
                trial |= {"n_steps": arguments.n_steps, "images": arguments.images}
                run_missing(arguments.folder, trial, timed=not arguments.untimed)


def run_missing(folder, trial, *, timed):
    """Run a trial in a process of its own, and add its figures to the file."""
    repeat, fold, arm = (trial[key] for key in KEYS)
    rows = read_rows(RESULTS, KEYS)
    here = rows[(rows["repeat"] == repeat) & (rows["fold"] == fold)].set_index("arm")
    if arm in here.index:
        return
    if arm in TIMED:
        if CLOCK not in here.index or pd.isna(here.loc[CLOCK, "seconds"]):
            raise SystemExit(f"{arm} trains for as long as {CLOCK}: run that first, and time it.")
        trial["seconds"] = float(here.loc[CLOCK, "seconds"])
    if arm in PEERS:
        install_peer(PEERS[arm])
    row = run_trial(__file__, folder, trial)
    if not timed and "seconds" in row:
        row["seconds"] = None
    add_row(RESULTS, rows, row)
    score = row.get("balanced accuracy", float("nan"))
    print(f"{repeat} {fold} {arm}: balanced accuracy {score:.3f}", flush=True)


def measure(folder, repeat, fold, arm, n_steps, images=None, seconds=None):
    """Run one arm on one fold."""
    from sampler_trial import Trial

    from skwbc.datasets import fetch_bccd

    cells = fetch_bccd(source=folder, crop="box", image_shape=(SIZE, SIZE, 3))
    names = cells.target_names[cells.target]
    store = None if images is None else Path(images)
    trial = Trial(cells.images, names, cells.groups, repeat, fold, n_steps, store)
    figures = trial.run(arm, seconds)
    if (repeat, fold, arm) == SHOWN:
        draw_sheets(trial)
    return {
        "repeat": repeat,
        "fold": fold,
        "arm": arm,
        **describe_run(),
        "n_steps": n_steps,
        "n_train": len(trial.y),
        "n_test": len(trial.y_test),
        **figures,
    }


def draw_sheets(trial):
    """Draw images of each class, and some of them above the nearest real one."""
    from skwbc.displays import ImageGridDisplay, NearestRealDisplay

    drawn = ImageGridDisplay.from_arrays(trial.fake, trial.y_fake, n_columns=12)
    nearest = NearestRealDisplay.from_arrays(
        trial.X, trial.fake, y_real=trial.y, y_fake=trial.y_fake, random_state=0
    )
    for name, display in (("gan_images", drawn), ("gan_nearest", nearest)):
        display.figure_.savefig(SHEETS / f"{name}.png", dpi=70, bbox_inches="tight")


if __name__ == "__main__":
    main()
