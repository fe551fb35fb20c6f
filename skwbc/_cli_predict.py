"""``skwbc predict``: the class of each image, and the share of each class."""

import csv
import json
import os
import sys
import warnings

from skwbc._cli_images import NO_CELL, take_crop, warn_of_photos
from skwbc._cli_options import load_model, one_line, some_path, without_controls

N_AT_ONCE = 256  # images that are classified in one go
PARTLY = 1  # exit code: some images could not be read
BYTES = (0, 255)  # black and white of a file
BEYOND = 0.1  # of white: so far a filter that sharpens leaves a range
LEAST_FRACTION = -0.5  # values that go below it are of -1 to 1, not of 0 to 1
COLUMNS = ("file", "class", "probability", "left", "top", "right", "bottom", "cells")
LEAST_SIDE = 8  # pixels of a photo; a smaller one shows no cell


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
        usage="%(prog)s MODEL IMAGE [IMAGE ...] [options]",
        help="classify images by a model, and count the classes",
        description="Tell the class of each image and its probability, with --csv or --json the "
        "box of its cell, too, and at the end the share of each class with its 95 % interval. Exit "
        "code 1: some files could not be read; they are named, and the others done.",
    )
    parser.set_defaults(run=_predict)
    add = parser.add_argument
    add("model", type=some_path, metavar="MODEL", help="file of skwbc train or skwbc.save")
    add("images", type=some_path, nargs="+", metavar="IMAGE", help="files, or folders of them")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--csv", dest="form", action="store_const", const="csv", help="a line each")
    form.add_argument("--json", dest="form", action="store_const", const="json", help="one object")


def _predict(arguments):
    answer = Answers(load_model(arguments))
    unreadable = []

    def tell(path, error):
        unreadable.append({"file": str(path), "error": one_line(error)})
        print(f"skwbc: error: {unreadable[-1]['error']}", file=sys.stderr)

    for path in list_images(arguments.images, lambda error: tell(error.filename, error)):
        try:
            answer.add(path)
        except OSError as error:
            tell(path, error)
    lines = answer.finish()
    if not lines:
        raise ValueError("None of the images could be read.")
    _warn_of_cells(lines)
    counts = count_classes([line["class"] for line in lines], answer.classes)
    WRITERS[arguments.form](lines, counts, unreadable)
    return PARTLY if unreadable else 0


def _warn_of_cells(lines):
    """Warn of photos with no cell, or with several."""
    warn_of_photos([line["file"] for line in lines if line["cells"] == 0], NO_CELL)
    several = [line["file"] for line in lines if (line["cells"] or 0) > 1]
    warn_of_photos(several, "show several cells, of which one counts")


def list_images(paths, on_error):
    """List files, and those below folders, each once, however often it is named.

    Parameters
    ----------
    paths : list of Path
        Files and folders.
    on_error : callable
        Given the OSError of each folder that can't be read.

    Raises
    ------
    OSError
        If a folder holds no file.

    Warns
    -----
    UserWarning
        If files are named more than once.
    """
    from skwbc.datasets._listed_files import list_files

    files, n_named, errors = {}, 0, []

    def note(error):
        errors.append(error)
        on_error(error)

    for path in paths:
        errors.clear()
        below = list_files(path, note) if os.path.isdir(path) else [path]
        if not below and not errors:
            raise FileNotFoundError(f"Expected images in {path}, found no file.")
        n_named += len(below)
        for file in below:
            files.setdefault(os.path.realpath(file), file)
    if n_named > len(files):
        warnings.warn(
            f"{n_named - len(files)} of the files are named more than once and count once.",
            stacklevel=2,
        )
    return list(files.values())


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
        if self.image_shape[2] not in (1, 3):
            raise ValueError(
                f"Expected a model of grey or RGB images; this one has {self.image_shape[2]} "
                "channels, which files can't be read as."
            )
        first = next(step for step in steps[self.cropper is not None :] if _sees_images(step))
        self.takes_rows = not hasattr(first, "image_shape_")  # a step of scikit-learn
        fitted = getattr(first, "pixel_range_", None)
        self.scale = BYTES if fitted is None else choose_scale(fitted.low, fitted.high)
        self.images, self.lines, self.n_done = [], [], 0

    def add(self, path):
        """Read an image, and classify if enough are there.

        Raises
        ------
        OSError
            If the file can't be read, or no window can be cut from the photo.
        """
        from skwbc.datasets._read_image import read_image, resize_image

        image = read_image(path, self.image_shape[2])
        height, width, _ = image.shape
        if min(height, width) < LEAST_SIDE:
            raise OSError(
                f"{path}: expected {LEAST_SIDE} x {LEAST_SIDE} pixels or more, received "
                f"{height} x {width}"
            )
        box = n_cells = None
        if self.cropper is None:
            image = resize_image(image, self.image_shape)
        else:
            try:
                image, box, n_cells = take_crop(self.cropper, image)
            except ValueError as error:
                raise OSError(f"{path}: {error}") from error
        self.images.append(image)
        self.lines.append({"file": str(path), "box": box, "cells": n_cells})
        if len(self.images) == N_AT_ONCE:
            self._classify()

    def finish(self):
        """Classify the rest; give a dict for each image."""
        if self.images:
            self._classify()
        return self.lines

    def _classify(self):
        import numpy as np

        images = self._scale(np.stack(self.images))
        if self.takes_rows:
            images = images.reshape(len(images), -1)
        probabilities = self.classifier.predict_proba(images)
        if not np.isfinite(probabilities).all():
            raise ValueError("The model gives probabilities that are no numbers: it is damaged.")
        for line, row in zip(self.lines[self.n_done :], probabilities.tolist(), strict=True):
            shares = dict(zip(map(str, self.classes), row, strict=True))
            best = max(shares, key=shares.get)
            line |= {"class": best, "probability": shares[best], "probabilities": shares}
        self.n_done = len(self.lines)
        self.images = []

    def _scale(self, images):
        """Bring bytes to the values of black and white that the model was fitted to."""
        import numpy as np

        if self.scale == BYTES:
            return images
        low, high = self.scale
        return (images * np.float32((high - low) / 255) + low).astype(np.float32)


def _sees_images(step):
    """Tell whether a step is given what is predicted: samplers and steps left out are not."""
    return step not in (None, "passthrough") and not hasattr(step, "fit_resample")


def choose_scale(low, high):
    """Choose what black and white of files become for a model.

    Parameters
    ----------
    low, high : float
        The least and the largest value that the model was fitted to: of bytes, which may all be
        dark, of fractions, or of values from -1 to 1.

    Returns
    -------
    tuple of 2 int
        The values of black and white.

    Raises
    ------
    ValueError
        If the values were of another scale.

    Examples
    --------
    >>> choose_scale(3, 251), choose_scale(-0.03, 1.02), choose_scale(-1, 0.98)
    ((0, 255), (0, 1), (-1, 1))
    """
    if high <= 1 + BEYOND and low >= -1 - BEYOND:
        return (-1, 1) if low < LEAST_FRACTION else (0, 1)
    if 1 + BEYOND < high <= (1 + BEYOND) * 255 and low >= -BEYOND * high:
        return BYTES
    raise ValueError(
        "Expected a model that was fitted to values of 0 to 255, 0 to 1 or -1 to 1, which files "
        f"can be scaled to; this one was fitted to {low:g} to {high:g}. Predict from Python, with "
        "images scaled as those in fit were."
    )


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
    files = [without_controls(line["file"]) for line in lines]
    width = max(map(len, files))
    for file, line in zip(files, lines, strict=True):
        name = without_controls(line["class"])
        print(f"{file:<{width}}  {name:<12}  {line['probability']:.2f}")
    print()
    _write_counts(counts, sys.stdout)


def _write_csv(lines, counts, unreadable):
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(COLUMNS)
    for line in lines:
        box = line["box"] or [""] * 4
        probability = f"{line['probability']:.4f}"
        writer.writerow([line["file"], line["class"], probability, *box, line["cells"]])
    _write_counts(counts, sys.stderr)


def _write_counts(counts, stream):
    n_images = sum(each["n"] for each in counts)
    images = "image" if n_images == 1 else "images"
    print(f"Share of each class among {n_images} {images}, with its 95 % interval:", file=stream)
    for each in counts:
        name = without_controls(each["class"])
        share, low, high = (100 * each[key] for key in ("share", "low", "high"))
        print(
            f"{name:<12}  {each['n']:>5}  {share:5.1f} %  ({low:.1f} to {high:.1f})",
            file=stream,
        )


def _write_json(lines, counts, unreadable):
    content = {"images": lines, "counts": counts, "unreadable": unreadable}
    print(json.dumps(content, indent=1, allow_nan=False))


WRITERS = {None: _write_lines, "csv": _write_csv, "json": _write_json}
