"""``skwbc predict``: the class of each image, and the share of each class."""

import csv
import json
import sys
from pathlib import Path

from skwbc._cli_images import list_files, take_crop
from skwbc._cli_options import start_quietly

N_AT_ONCE = 256  # images that are classified in one go
PARTLY = 1  # exit code: some images could not be read
COLUMNS = ("file", "class", "probability", "left", "top", "right", "bottom")


def add_predict(commands, common):
    """Add ``skwbc predict`` to the commands.

    Parameters
    ----------
    commands : argparse._SubParsersAction
        Where commands are added.
    common : argparse.ArgumentParser
        Options that all commands have.
    """
    parser = commands.add_parser(
        "predict",
        parents=[common],
        help="classify images by a model, and count the classes",
        description="Tell the class of each image, its probability and the box of its cell, and at "
        "the end the share of each class with its 95 % interval. Exit code 1: some files could not "
        "be read; they are named, and the others done.",
    )
    parser.set_defaults(run=_predict)
    add = parser.add_argument
    add("model", type=Path, metavar="MODEL", help="file of skwbc train or skwbc.save")
    add("images", type=Path, nargs="+", metavar="IMAGE", help="files, or folders of them")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--csv", dest="form", action="store_const", const="csv", help="a line each")
    form.add_argument("--json", dest="form", action="store_const", const="json", help="one object")


def _predict(arguments):
    import skwbc

    start_quietly(arguments)
    model = skwbc.load(arguments.model)
    answer = Answers(model)
    unreadable = []
    for path in list_images(arguments.images):
        try:
            answer.add(path)
        except OSError as error:
            unreadable.append({"file": str(path), "error": " ".join(str(error).split())})
            print(f"skwbc: error: {unreadable[-1]['error']}", file=sys.stderr)
    lines = answer.finish()
    if not lines:
        raise ValueError("None of the images could be read.")
    counts = count_classes([line["class"] for line in lines], answer.classes)
    WRITERS[arguments.form](lines, counts, unreadable)
    return PARTLY if unreadable else 0


def list_images(paths):
    """List files, and those below folders.

    Raises
    ------
    OSError
        If a folder holds no file.
    """
    files = []
    for path in paths:
        below = list_files(path) if path.is_dir() else [path]
        if not below:
            raise FileNotFoundError(f"Expected images in {path}, found no file.")
        files += below
    return files


class Answers:
    """Read images one by one, and classify them some at a time.

    Parameters
    ----------
    model : estimator
        A fitted classifier, or a pipeline that ends in one and may begin with a cropper.
    """

    def __init__(self, model):
        from skwbc import CellCropper

        steps = [step for _, step in getattr(model, "steps", [("classifier", model)])]
        final = steps[-1]
        if not hasattr(final, "predict_proba") or not hasattr(final, "image_shape_"):
            raise ValueError(
                f"Expected a model that classifies images; {type(final).__name__} does not."
            )
        self.cropper = steps[0] if isinstance(steps[0], CellCropper) else None
        self.classifier = model[1:] if self.cropper is not None else model
        self.classes = final.classes_.tolist()
        self.image_shape = getattr(steps[0], "image_shape_", final.image_shape_)
        self.images, self.lines, self.n_done = [], [], 0

    def add(self, path):
        """Read an image, and classify if enough are there.

        Raises
        ------
        OSError
            If the file can't be read.
        """
        from skwbc.datasets._read_image import read_image, resize_image

        image = read_image(path, self.image_shape[2])
        box = None
        if self.cropper is None:
            image = resize_image(image, self.image_shape)
        else:
            image, box = take_crop(self.cropper, image)
        self.images.append(image)
        self.lines.append({"file": str(path), "box": box})
        if len(self.images) == N_AT_ONCE:
            self._classify()

    def finish(self):
        """Classify the rest; give a dict for each image."""
        if self.images:
            self._classify()
        return self.lines

    def _classify(self):
        import numpy as np

        probabilities = self.classifier.predict_proba(np.stack(self.images))
        for line, row in zip(self.lines[self.n_done :], probabilities.tolist(), strict=True):
            shares = dict(zip(map(str, self.classes), row, strict=True))
            best = max(shares, key=shares.get)
            line |= {"class": best, "probability": shares[best], "probabilities": shares}
        self.n_done = len(self.lines)
        self.images = []


def count_classes(predicted, classes):
    """Count the classes: the differential count, with Wilson's 95 % intervals.

    The interval is about which cells came before the camera, not about errors of the model.

    Returns
    -------
    list of dict
        "class", "n", "share", "low", "high".
    """
    from skwbc._ablation_statistics import wilson_interval

    counts = []
    for name in map(str, classes):
        n = predicted.count(name)
        low, high = wilson_interval(n, len(predicted))
        share = n / len(predicted)
        counts.append({"class": name, "n": n, "share": share, "low": low, "high": high})
    return counts


def _write_lines(lines, counts, unreadable):
    width = max(len(line["file"]) for line in lines)
    for line in lines:
        print(f"{line['file']:<{width}}  {line['class']:<12}  {line['probability']:.2f}")
    print()
    _write_counts(counts, sys.stdout)


def _write_csv(lines, counts, unreadable):
    writer = csv.writer(sys.stdout)
    writer.writerow(COLUMNS)
    for line in lines:
        box = line["box"] or [""] * 4
        writer.writerow([line["file"], line["class"], f"{line['probability']:.4f}", *box])
    _write_counts(counts, sys.stderr)


def _write_counts(counts, stream):
    for each in counts:
        share, low, high = (100 * each[key] for key in ("share", "low", "high"))
        print(
            f"{each['class']:<12}  {each['n']:>5}  {share:5.1f} %  ({low:.1f} to {high:.1f})",
            file=stream,
        )


def _write_json(lines, counts, unreadable):
    print(json.dumps({"images": lines, "counts": counts, "unreadable": unreadable}, indent=1))


WRITERS = {None: _write_lines, "csv": _write_csv, "json": _write_json}
