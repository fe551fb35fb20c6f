"""``skwbc train`` and ``generate``: a model in one file, and images of its GAN."""

import os
import sys
import warnings
from itertools import chain, count
from pathlib import Path

from skwbc._cli_images import choose_crop, fit_proportions, load_cells
from skwbc._cli_notes import describe_crop
from skwbc._cli_options import (
    INTERRUPTED,
    add_reading,
    check_writable,
    load_model,
    positive,
    some_name,
    some_path,
    start_quietly,
    without_controls,
)
from skwbc._file_container import is_container
from skwbc._replace_file import find_place, replace_file

MODELS = {
    "compact CNN": "CompactCNNClassifier",
    "CNN": "CNNClassifier",
    "CNN-RNN": "CNNRNNClassifier",
}
WHOLE_SHAPE, CROP_SHAPE = (60, 80, 3), (64, 64, 3)
N_DRAWN = 352  # cells, of made data


def add_train(commands, common):
    """Add ``skwbc train`` to the commands.

    Parameters
    ----------
    commands : argparse._SubParsersAction
        Where commands are added.
    common : argparse.ArgumentParser
        Options that all commands have.
    """
    parser = commands.add_parser(
        "train",
        parents=[common],
        usage="%(prog)s DATA [options]",
        help="train a classifier on your images and keep it in a file",
        description="Train a classifier on all images of a folder and keep it, with the cropping "
        "before it, in one file. What it is worth on unseen images is told by skwbc ablation.",
    )
    parser.set_defaults(run=_train)
    add = parser.add_argument
    add(
        "data",
        type=some_name,
        metavar="DATA",
        help="one sub-folder of images for each class; or made, or bccd",
    )
    add_reading(parser)
    add(
        "-o",
        "--out",
        type=some_path,
        default=Path("model.skwbc"),
        metavar="FILE",
        help="of the model",
    )
    add("--model", choices=MODELS, default="compact CNN", help="(default compact CNN)")
    add(
        "--crop",
        choices=("cell", "none"),
        help="a window around the cell of each photo, or the whole (default: by the size of cells)",
    )
    add("--epochs", type=positive, metavar="N", help="(default: the classifier's own)")
    add("--gan", action="store_true", help="fill small classes with images of a GAN")
    add("--gan-images", type=positive, metavar="N", help="real images that the GAN is shown")
    add("--seed", type=int, default=0, metavar="N", help="of hold-out and training (default 0)")


def add_generate(commands, common):
    """Add ``skwbc generate`` to the commands; the parameters are those of :func:`add_train`."""
    parser = commands.add_parser(
        "generate",
        parents=[common],
        usage="%(prog)s MODEL [options]",
        help="draw images of a class by the GAN of a model",
        description="Draw images of each class by the GAN of a model. A file that is there is not "
        "replaced: give another folder, or another seed, which stands in the names of the files.",
    )
    parser.set_defaults(run=_generate, describe_files=_describe_drawn)
    add = parser.add_argument
    add(
        "model",
        type=some_path,
        metavar="MODEL",
        help="file of skwbc train --gan, or a saved sampler",
    )
    add("-n", "--number", type=positive, default=16, metavar="N", help="of each class (default 16)")
    add("-c", "--class", dest="classes", nargs="+", metavar="CLASS", help="(default all)")
    add(
        "-o", "--out", type=some_path, default=Path("generated"), metavar="DIR", help="of PNG files"
    )
    add("--seed", type=int, default=0, metavar="N", help="of the noise (default 0)")


def _train(arguments):
    if arguments.gan_images is not None and not arguments.gan:
        raise ValueError("--gan-images is for a GAN: add --gan.")
    _check_out(arguments.out)
    crop = arguments.crop or choose_crop(arguments, "honest")
    if arguments.image_shape is not None:
        shape = tuple(arguments.image_shape)
    else:
        shape = CROP_SHAPE if crop == "cell" else fit_proportions(arguments, WHOLE_SHAPE)
    settings = {"image_shape": shape, "n_samples": N_DRAWN}
    cells = load_cells(arguments, crop, settings, mixed="drop")
    _tell_images(cells, crop)
    start_quietly(arguments)
    import skwbc

    fitted = _make_pipeline(arguments)
    fitted.fit(cells.images, cells.target_names[cells.target], groups=cells.groups)
    steps = [("crop", _make_cropper(cells))] if crop == "cell" else []
    is_cut_short = any(getattr(step, "interrupted_", False) for _, step in fitted.steps)
    out = _keep_apart(arguments.out) if is_cut_short else arguments.out
    skwbc.save(skwbc.Pipeline(steps + fitted.steps), out)
    _tell_accuracy(fitted[-1])
    print(out)
    return INTERRUPTED if is_cut_short else 0


def _keep_apart(out):
    """Name the file of a training that was interrupted: it replaces no file."""
    if not out.exists():
        return out
    marks = chain(["interrupted"], (f"interrupted-{n}" for n in count(2)))
    files = (out.with_suffix(f".{mark}{out.suffix}") for mark in marks)
    beside = next(file for file in files if not file.exists())
    warnings.warn(f"{out} stays as it was; what was interrupted is in {beside}.", stacklevel=2)
    return beside


def _check_out(out):
    """Fail before training where the model can't be written, or another file would be lost."""
    if out.is_dir():
        raise IsADirectoryError(f"Expected a file as --out, received the folder {out}.")
    if out.is_file() and out.stat().st_size and not is_container(out):
        raise FileExistsError(f"{out} is there, and is no model: give another name by --out.")
    check_writable(find_place(out).parent)


def _make_pipeline(arguments):
    """Build what is trained: a GAN if it is wanted, and the classifier."""
    import skwbc

    settings = {"random_state": arguments.seed, "verbose": 1}
    epochs = {} if arguments.epochs is None else {"epochs": arguments.epochs}
    classifier = getattr(skwbc, MODELS[arguments.model])(**settings, **epochs)
    if not sys.stdout.isatty():  # where Keras writes its bar
        classifier.set_params(verbose=0)
    steps = [("classifier", classifier)]
    if arguments.gan:
        images = {} if arguments.gan_images is None else {"max_images": arguments.gan_images}
        steps.insert(0, ("gan", skwbc.GANOverSampler(**settings, **images)))
    return skwbc.Pipeline(steps)


def _make_cropper(cells):
    """Build the step that crops photos; it learns nothing of them but their shape."""
    import numpy as np

    from skwbc import CellCropper

    blank = np.full((1, *cells.photo_shape), 255, dtype=np.uint8)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of no cell
        return CellCropper(cells.image_shape[:2]).fit(blank)


def _tell_images(cells, crop):
    """Say what is trained on, while there are minutes to read it."""
    import numpy as np

    names, counts = np.unique(cells.target_names[cells.target], return_counts=True)
    told = ", ".join(f"{name} {n}" for name, n in zip(names, counts, strict=True))
    print(f"{len(cells.target)} images: {without_controls(told)}")
    height, width, n_channels = cells.image_shape
    colour = ", grey" if n_channels == 1 else ""
    how = describe_crop(crop, cells).capitalize()
    print(f"{how}, {height} x {width} pixels{colour}", flush=True)


def _tell_accuracy(classifier):
    """Say what the validation images say."""
    if classifier.best_epoch_ is None:  # Ctrl-C in the first epoch
        return
    accuracy = classifier.history_["val_accuracy"][classifier.best_epoch_]
    print(
        f"Accuracy on the images held out: {100 * accuracy:.0f} %. They also chose the epoch: for "
        "a fair figure run skwbc ablation."
    )


def _generate(arguments):
    import numpy as np
    from PIL import Image

    model = load_model(arguments)
    steps = [step for _, step in getattr(model, "steps", [("sampler", model)])]
    sampler = next((step for step in steps if hasattr(step, "sample")), None)
    if sampler is None:
        raise ValueError(
            "Expected a model with a GAN: train it with --gan, or save a fitted GANOverSampler."
        )
    known = {str(c): c for c in getattr(sampler, "classes_", np.array([])).tolist()}
    if not known:
        raise ValueError("Expected a trained GAN; this one was not, as no class asked for it.")
    unknown = sorted(set(arguments.classes or ()) - set(known))
    if unknown:
        raise ValueError(f"No GAN was trained for {unknown}; classes: {sorted(known)}.")
    strange = sorted(name for name in known if Path(name).name != name or name in ("", ".."))
    if strange:  # a file of a stranger could write anywhere
        raise ValueError(f"Expected classes that can be names of folders, received {strange}.")
    n_channels = sampler.image_shape_[2]
    if n_channels not in (1, 3, 4):
        raise ValueError(f"Expected images of 1, 3 or 4 channels for files, received {n_channels}.")
    names = list(dict.fromkeys(arguments.classes or known))
    _warn_of_no_gan(sampler, [known[name] for name in names])
    files = _name_drawn(arguments, names)
    for name in names:
        images = sampler.sample(arguments.number, known[name], random_state=arguments.seed)
        images = images.reshape(-1, *sampler.image_shape_)
        pixels = np.rint(127.5 * (sampler.pixel_range_.to_signed(images) + 1)).astype(np.uint8)
        for file, image in zip(files[name], pixels, strict=True):
            with replace_file(file) as part:
                Image.fromarray(image[..., 0] if n_channels == 1 else image).save(part)
        print(without_controls(str(arguments.out / name)))


def _name_drawn(arguments, classes):
    """Name the files of each class; none of them may be there, drawn or a photo."""
    numbers = [f"seed-{arguments.seed}-{i:04d}.png" for i in range(arguments.number)]
    files = {name: [arguments.out / name / number for number in numbers] for name in classes}
    there = [file for each in files.values() for file in each if os.path.lexists(file)]
    if there:
        raise FileExistsError(f"{there[0]} is there: give another --seed, or another folder.")
    return files


def _warn_of_no_gan(sampler, classes):
    """Warn of classes that something else than the GAN draws."""
    for c, reason in getattr(sampler, "fallback_", {}).items():
        if c in classes:
            warnings.warn(
                f"The images of class {str(c)!r} are not of the GAN, and may be changed copies of "
                f"photos it was trained on: {reason}",
                stacklevel=2,
            )


def _describe_drawn(out, started):
    """Say what an interrupted command has drawn."""
    return f"What is in {out} is whole, but not all that was asked for: draw all into another."
