"""``skwbc ablation``: arguments in, a study and its report out."""

import argparse
import warnings
from contextlib import nullcontext
from pathlib import Path

import skwbc
from skwbc._ablation_names import ARMS, HONEST, ONLY, PUBLISHED, PUBLISHED_ARMS
from skwbc._cli_command import tell_other_images
from skwbc._cli_images import BCCD, MADE, choose_crop, fit_proportions, load_cells
from skwbc._cli_notes import CROPS, list_notes, name_files
from skwbc._cli_options import (
    add_reading,
    check_replaced,
    check_writable,
    positive,
    processes,
    quiet_workers,
    several,
    some_name,
    some_path,
    start_quietly,
    without_controls,
)

MODELS = ("CNN", "CNN-RNN", "compact CNN")
PUBLISHED_MODELS = MODELS[:2]
DEFAULTS = {
    "image_shape": (60, 80, 3),
    "epochs": 50,
    "samples_per_class": 300,
    "gan_images": None,  # the sampler's own
    "n_samples": 352,
    "models": PUBLISHED_MODELS,
}
QUICK = {
    "image_shape": (30, 40, 3),
    "epochs": 8,
    "samples_per_class": 100,
    "gan_images": 8_000,
    "n_samples": 320,
}
QUICK_IMAGES_A_CLASS = 2_000  # for the vanilla GANs, one for each class
TUNED = {"kernel_size": (3, 5), "dropout": (0.25, 0.5), "learning_rate": (3e-4, 1e-3)}
GRIDS = {  # that --tune chooses from
    "CNN": {"filters": ((16, 32, 32), (32, 64, 64)), **TUNED},
    "CNN-RNN": {"filters": ((16, 32), (32, 64)), **TUNED},
    "compact CNN": {
        "filters": ((16, 32, 48, 64), (32, 64, 96, 128)),
        "dropout": (0.3, 0.5),
        "learning_rate": (1e-3, 2e-3),
        "weight_decay": (1e-2, 1e-1),
    },
}
CROP_SHAPE, QUICK_CROP_SHAPE = (64, 64, 3), (32, 32, 3)  # the window around a cell is square
BOTH = "both"  # of the protocols
SAMPLERS = {"shared": "GANOverSampler", "vanilla": "VanillaGANOverSampler"}
GAN_OPTIONS = ("gan", "gan_images", "gan_epochs", "gan_shape")
USUAL_GAN = {HONEST: "shared", PUBLISHED: "vanilla"}
PROTOCOLS_FILE = "protocols.csv"
KEPT = ("fits", "cache")  # folders of --out that a second run goes on with


def add_ablation(commands, common):
    """Add ``skwbc ablation`` to the commands.

    Parameters
    ----------
    commands : argparse._SubParsersAction
        Where commands are added.
    common : argparse.ArgumentParser
        Options that all commands have.
    """
    ablation = commands.add_parser(
        "ablation",
        parents=[common],
        usage="%(prog)s [options]",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        help="what augmentation and a GAN are worth: networks, trained with and without them",
        description="Train two networks, on crops three, on original images, with traditional "
        "augmentation,\nwith a GAN, and with both, or in other arms, and test them on real images.",
    )
    ablation.set_defaults(run=_run, describe_files=_describe_kept)
    add = ablation.add_argument
    add(
        "--data",
        type=some_name,
        default="made",
        metavar="made|bccd|DIR",
        help="drawn cells (default), the public BCCD set (downloaded once), or a folder: a copy "
        "of BCCD, or one sub-folder of images for each class",
    )
    add_reading(ablation)
    add(
        "--crop",
        choices=tuple(CROPS),
        help="a window around the cell that is found in each photo; around the annotated box of "
        "BCCD; or the whole photo, as published. By default cells are looked for where they are "
        "small: in BCCD, and in your photos if most cells are less than half as high as the photo; "
        "never with --protocol published or both",
    )
    add("--epochs", type=positive, metavar="N", help="of each network (default 50)")
    add(
        "--samples-per-class",
        type=positive,
        metavar="N",
        help="samplers fill every class up to N (default 300)",
    )
    add(
        "--protocol",
        choices=(HONEST, PUBLISHED, BOTH),
        default=HONEST,
        help="test on real images that nothing was fitted to (default); replay how the published "
        "study tested, with synthetic images in its test sets; or both, and a table of the two",
    )
    add(
        "--gan",
        choices=tuple(SAMPLERS),
        help="one GAN for all classes (default), or the published one for each class (default of "
        "the published protocol)",
    )
    add(
        "--gan-images",
        type=positive,
        metavar="N",
        help="real images that a GAN is shown in training; the vanilla GAN of each class so many",
    )
    add(
        "--gan-epochs",
        type=positive,
        metavar="N",
        help="vanilla GAN: passes over the images of a class instead (published: 700)",
    )
    add(
        "--gan-shape",
        type=positive,
        nargs=2,
        metavar=("H", "W"),
        help="vanilla GAN: the size at which it works (published: 256 256)",
    )
    add("--seed", type=int, default=0, metavar="N", help="of split and training (default 0)")
    add(
        "--out",
        type=some_path,
        default=Path("skwbc-ablation"),
        metavar="DIR",
        help="of the report (default skwbc-ablation)",
    )
    add("--quick", action="store_true", help="small and short: a trial of a few minutes")
    add(
        "--arms",
        nargs="+",
        choices=ARMS,
        metavar="ARM",
        help=f"what is compared, of: {', '.join(map(repr, ARMS))} (default: the first four)",
    )
    add(
        "--models",
        nargs="+",
        choices=MODELS,
        metavar="MODEL",
        help=f"the networks, of: {', '.join(map(repr, MODELS))} (default: on crops all, otherwise "
        "the published two)",
    )
    add("--cv", type=several, metavar="K", help="test in K folds (default: one split)")
    add("--repeats", type=positive, default=1, metavar="N", help="split N times (default once)")
    add("--equal-epochs", action="store_true", help="more images train longer, as published")
    add(
        "--tune",
        action="store_true",
        help="choose filters, dropout, learning rate and kernel size (of the compact CNN: weight "
        "decay) in the training images",
    )
    add("--jobs", type=processes, metavar="N", help="processes (default 1)")
    add(
        "--resume",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="go on with the fits that --out has already (default), or do all again",
    )


def _run(arguments):
    if not arguments.resume:
        arguments.describe_files = _describe_lost
    check_writable(arguments.out)
    run_studies(arguments, arguments.out, resume=arguments.resume)


def _check_apart(out, data):
    """Refuse a report among the images, where its pictures would be read as a class."""
    if data in (MADE, BCCD):
        return
    folder = Path(data).resolve()
    if folder in (out.resolve(), *out.resolve().parents):
        raise ValueError(
            f"Expected --out outside the folder of the images, {data}; received {out}."
        )


def run_studies(arguments, out, *, resume):
    """Fit the studies that a command asks for, write their reports and print what they found.

    Parameters
    ----------
    arguments : argparse.Namespace
        Of ``skwbc ablation``, whose `out` is the folder of the fits.
    out : Path
        Of the report.
    resume : {True, False, "only"}
        As :class:`AblationStudy` takes it. Unless it is "only", the command is kept in the folder.
    """
    _check_apart(out, arguments.data)
    protocols = (PUBLISHED, HONEST) if arguments.protocol == BOTH else (arguments.protocol,)
    if arguments.cv and protocols == (PUBLISHED,):
        raise ValueError("The published protocol has no folds: leave --cv out, or use --repeats.")
    parts = {each: each if arguments.protocol == BOTH else "" for each in protocols}
    tables = [out / PROTOCOLS_FILE] if arguments.protocol == BOTH else []
    check_replaced(out, [out / part for part in parts.values()], tables)
    # of both, each locks its own folder alone, and the command is kept in the one above
    owns_parts = arguments.protocol == BOTH and resume != ONLY
    with _own_folder(arguments.out) if owns_parts else nullcontext():
        _run_each(arguments, out, parts, resume)


def _own_folder(folder):
    from skwbc._ablation_store import own_folder

    return own_folder(folder, 0)


def _run_each(arguments, out, parts, resume):
    """Fit, report and print the study of each protocol."""
    if resume != ONLY:
        for protocol in list(parts)[1:]:
            _check_study(arguments, protocol, parts[protocol])
    # one by one, so that the first is reported before the second begins, which may take hours
    fitted = ((each, _fit_study(arguments, each, part, resume)) for each, part in parts.items())
    if resume == ONLY:
        fitted = list(fitted)  # nothing is written unless all is there
    studies = {}
    for protocol, (study, known) in fitted:
        studies[protocol] = study
        # all is written before it is printed: who reads the output may be gone
        paths = study.report(out / parts[protocol], **known)
        table = _compare_protocols(studies, out / PROTOCOLS_FILE) if len(studies) == 2 else None
        _print_study(arguments, study, protocol, known["notes"], paths)
    if table is not None:
        _print_protocols(studies, table, out / PROTOCOLS_FILE)


def _fit_study(arguments, protocol, part, resume):
    """Fit a study, its fits below the folder of the command if it is a part.

    Returns
    -------
    study : AblationStudy
    known : dict
        What only the command knows: further arguments of the study's `report`.
    """
    study, cells, crop = _read_study(arguments, protocol, part, resume)
    names = name_files(cells.filenames)
    study.tell_command(names, None if resume == ONLY else (arguments.out, arguments.argv))
    with quiet_workers(arguments), nullcontext() if resume == ONLY else tell_other_images():
        study.fit(cells.images, cells.target_names[cells.target], groups=cells.groups)
    notes = list_notes(arguments, crop, cells)
    return study, {"notes": notes, "names": names}


def _check_study(arguments, protocol, part):
    """Raise now what would end a study that begins hours later; it warns then."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        study, cells, _ = _read_study(arguments, protocol, part, arguments.resume)
        study.tell_command(name_files(cells.filenames))
        study.check(cells.images, cells.target_names[cells.target], groups=cells.groups)


def _read_study(arguments, protocol, part, resume):
    """Load the images of a study and make it.

    Returns
    -------
    study : CommandStudy
        Not fitted.
    cells : Bunch
        The images.
    crop : {"cell", "box", "none"}
        How they were cropped.
    """
    crop = arguments.crop or choose_crop(arguments, arguments.protocol)
    settings = _read_settings(arguments, is_cropped=crop != "none")
    mixed = "duplicate" if protocol == PUBLISHED else "drop"
    cells = load_cells(arguments, crop, settings, mixed=mixed)
    start_quietly(arguments)
    return _make_study(arguments, settings, protocol, arguments.out / part, resume), cells, crop


def _print_study(arguments, study, protocol, notes, paths):
    """Print what a study found, and the files of its report."""
    from skwbc._ablation_tables import format_differences, format_table

    _tell(format_table(study.table()).to_string())
    if protocol == HONEST and (arguments.cv or arguments.repeats > 1):
        differences = study.compare()
        if len(differences):  # of one arm there are none
            baseline = differences.attrs["baseline"]
            _tell("", f"Differences, in points, from {baseline!r}:")
            _tell(format_differences(differences).to_string())
    _tell("", *study.verdict())
    _tell("", *notes, *study.limits(), "", *paths)


def _tell(*parts):
    """Print lines, in which the name of a class can't command the terminal."""
    for line in "\n".join(map(str, parts)).split("\n"):
        print(without_controls(line))


def _compare_protocols(studies, path):
    """Make and write the table of both protocols."""
    from skwbc import compare_protocols
    from skwbc._replace_file import replace_file

    table = compare_protocols(studies[PUBLISHED], studies[HONEST])
    with replace_file(path) as part:
        table.to_csv(part)
    return table


def _print_protocols(studies, table, path):
    from skwbc._ablation_protocols import describe_samplers, format_protocols, name_classes

    _tell("", "Both protocols, test accuracy in %; published: that on BCCD")
    _tell(format_protocols(table).to_string())
    told = describe_samplers(*(name_classes(studies[each]) for each in (PUBLISHED, HONEST)))
    _tell("", *told, "", path)


def _read_settings(arguments, *, is_cropped):
    """Let what was given go before what --quick says, and that before the defaults."""
    settings = DEFAULTS | (QUICK if arguments.quick else {})
    if is_cropped:
        shape = QUICK_CROP_SHAPE if arguments.quick else CROP_SHAPE
        settings |= {"image_shape": shape, "models": MODELS}
    elif arguments.image_shape is None:
        settings["image_shape"] = fit_proportions(arguments, settings["image_shape"])
    given = {name: getattr(arguments, name, None) for name in settings}
    settings |= {name: value for name, value in given.items() if value is not None}
    return settings | {"image_shape": tuple(settings["image_shape"])}


def _make_study(arguments, settings, protocol, folder, resume):
    from skwbc import CNNClassifier, CNNRNNClassifier, CompactCNNClassifier, ablation_arms
    from skwbc._cli_study import CommandStudy

    names = arguments.arms or PUBLISHED_ARMS
    gan = _make_gan(arguments, settings, protocol)
    arms = ablation_arms(gan=gan, samples_per_class=settings["samples_per_class"])
    arms = {name: arms[name] for name in names}
    if resume != ONLY:
        _refuse_unused(arguments, arms)
    classes = dict(
        zip(MODELS, (CNNClassifier, CNNRNNClassifier, CompactCNNClassifier), strict=True)
    )
    return CommandStudy(
        {name: classes[name](epochs=settings["epochs"]) for name in settings["models"]},
        arms,
        protocol=protocol,
        cv=arguments.cv if protocol == HONEST else None,
        n_repeats=arguments.repeats,
        budget="epochs" if arguments.equal_epochs else "steps",
        param_grid={name: GRIDS[name] for name in settings["models"]} if arguments.tune else None,
        folder=folder,
        resume=resume,
        n_jobs=arguments.jobs,
        random_state=arguments.seed,
        verbose=1,
    )


def _refuse_unused(arguments, arms):
    """Refuse options of samplers that no arm has, and one that another makes void."""
    given = [name for name in GAN_OPTIONS if getattr(arguments, name) is not None]
    if given and not any(name.startswith("GAN") for name in arms):
        option = given[0].replace("_", "-")
        raise ValueError(f"--{option} is for a GAN, and no arm has one: leave it out.")
    has_sampler = any(arm.get("sampler") is not None for arm in arms.values())
    if arguments.samples_per_class is not None and not has_sampler:
        raise ValueError("--samples-per-class is for samplers, and no arm has one: leave it out.")
    is_vanilla = (arguments.gan or USUAL_GAN.get(arguments.protocol)) == "vanilla"
    if is_vanilla and arguments.gan_images is not None and arguments.gan_epochs is not None:
        raise ValueError("Of --gan-images and --gan-epochs a vanilla GAN takes one: leave one out.")


def _make_gan(arguments, settings, protocol):
    kind = arguments.gan or USUAL_GAN[protocol]
    gan = getattr(skwbc, SAMPLERS[kind])(verbose=1)
    n_images = settings["gan_images"]
    if kind == "vanilla" and arguments.quick and arguments.gan_images is None:
        n_images = QUICK_IMAGES_A_CLASS
    if n_images is not None:
        gan.set_params(max_images=n_images)
    published = {"epochs": arguments.gan_epochs, "train_shape": arguments.gan_shape}
    given = {name: value for name, value in published.items() if value is not None}
    if given and kind == "shared":
        if arguments.protocol == BOTH and arguments.gan is None:  # they are for the replay
            return gan
        raise ValueError("--gan-epochs and --gan-shape are for the vanilla GAN: add --gan vanilla.")
    return gan.set_params(**given)


def _describe_kept(out, started):
    """Say what a command that was interrupted has done."""
    return (
        f"{list_complete(out, started)} What was trained already is kept below {out}, in the "
        f"folders {' and '.join(KEPT)}, and the same command goes on with it."
    )


def _describe_lost(out, started):
    """Say what a command that was interrupted has done, if it was to begin anew."""
    return (
        f"{list_complete(out, started)} The fits that were done are kept below {out}, and the "
        "command without --no-resume goes on with them."
    )


def list_complete(out, started):
    """Say which files of the report were written since a time, all of them complete."""
    from skwbc._ablation_files import REPORT_FILES

    folders = (out, out / PUBLISHED, out / HONEST)
    paths = [folder / name for folder in folders for name in REPORT_FILES]
    written = [str(p) for p in paths if p.exists() and p.stat().st_mtime >= started]
    return f"Complete files: {', '.join(written) or 'none'}."
