"""The import direction and the habits that keep the package easy to change."""

import ast
from fnmatch import fnmatch
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import skwbc

ROOT = Path(skwbc.__file__).parent

# From the bottom up. A file imports files of its own layer and of those above it in this list.
LAYERS = {
    "foundations": [
        "_lazy_images",
        "_images",
        "_seeding",
        "_hold_out",
        "_doc_link",
        "_dtype_policy",
        "_filters",
        "_fit_callbacks",
        "_kept_attributes",
        "_onednn",
        "_orphans",
        "_replace_file",
        "_progress",
        "_quiet_tensorflow",
        "_stacklevel",
        "_tables",
        "_types",
        "_versions",
        "_worker_threads",
    ],
    "networks": ["networks", "networks.*"],
    "training": [
        "_adversarial",
        "_batches",
        "_calibration",
        "_changed_copies",
        "_class_filler",
        "_classifier_training",
        "_conditional_training",
        "_differentiable_augmentation",
        "_fit_tasks",
        "_game_state",
        "_gan_batches",
        "_gan_selection",
        "_gan_training",
        "_histories",
        "_keras_wrapper",
        "_latent_interpolation",
        "_learning_rate",
        "_network_state",
        "_onnx_file",
        "_optimizers",
        "_own_names",
        "_prediction",
        "_real_distances",
        "_replicas",
        "_smooth_loss",
        "_synthetic_*",
    ],
    "estimators": [
        "_augmentation",
        "_cell_*",
        "_cnn_classifier",
        "_cnn_rnn_classifier",
        "_compact_cnn_classifier",
        "_gan_base",
        "_gan_over_sampler",
        "_image_classifier",
        "_image_over_sampler",
        "_image_transformer",
        "_stain_normalizer",
        "_pixel_smote",
        "_vanilla_gan_over_sampler",
        "pipeline",
    ],
    "files": ["_files", "_file_*"],
    "study": ["_ablation", "_ablation_*"],
    "public names": ["__init__"],
    "command line": ["cli", "_cli_*", "__main__"],
}

# Leaves meet estimators through arrays: of the layers they import these files alone, and only the
# layers and leaves that stand beside a leaf import it.
LEAVES = {
    "datasets": ["study", "public names", "command line"],
    "displays": ["study", "public names", "command line"],
    "metrics": ["displays", "training", "estimators", "study", "public names", "command line"],
}
LEAVES_IMPORT = [
    "_images",
    "_lazy_images",
    "_seeding",
    "_doc_link",
    "_replace_file",
    "_tables",
    "_types",
]

# Of numpy.random, what makes or names a generator of one's own.
OWN_GENERATORS = {"default_rng", "Generator", "RandomState", "SeedSequence"}
GLOBAL_SEEDS = {"keras.utils.set_random_seed", "tf.random.set_seed", "tensorflow.random.set_seed"}


def name_module(path):
    """Name a file as it is imported, without the package: "networks._cnn"."""
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    return name.removesuffix(".__init__")


FILES = {name_module(path): path for path in sorted(ROOT.rglob("*.py"))}
TREES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in FILES.items()}


def list_imports(tree):
    """List the dotted names that a file imports, at its top and in its functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def list_own_imports(tree):
    """List the files of skwbc that a file imports, named as in `FILES`."""
    for name in list_imports(tree):
        parts = name.split(".")
        if parts[0] == "skwbc":
            dotted = (".".join(parts[1:n]) for n in range(len(parts), 1, -1))
            yield next((module for module in dotted if module in FILES), "__init__")


def find_layer(module):
    """Find the layer of a file, or the leaf that it belongs to; None if it is in neither."""
    for leaf in LEAVES:
        if module == leaf or module.startswith(f"{leaf}."):
            return leaf
    return next((n for n, ms in LAYERS.items() if any(fnmatch(module, m) for m in ms)), None)


def may_import(importer, imported):
    """Tell whether the tables allow one file to import another."""
    above, below = find_layer(importer), find_layer(imported)
    if below in LEAVES:
        return above in (below, *LEAVES[below])
    if above in LEAVES:
        return imported in LEAVES_IMPORT
    order = list(LAYERS)
    return order.index(below) <= order.index(above)


def describe(module, imported):
    return f"{FILES[module].relative_to(ROOT.parent)} imports {imported}"


def read_dotted(node):
    """Write an attribute chain as text, "np.random.rand"; "" if it does not start at a name."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        base = read_dotted(node.value)
        return base and f"{base}.{node.attr}"
    return ""


@pytest.mark.parametrize("module", FILES)
def test_file_has_a_layer(module):
    assert find_layer(module) is not None, f"{module} is in no layer: add it to LAYERS"


@pytest.mark.parametrize("module", FILES)
def test_imports_go_down(module):
    wrong = [
        f"{describe(module, imported)}: {find_layer(module)} must not know {find_layer(imported)}"
        for imported in list_own_imports(TREES[module])
        if not may_import(module, imported)
    ]
    assert not wrong, "\n".join(wrong)


def test_imports_have_no_cycle():
    graph = {module: set(list_own_imports(tree)) - {module} for module, tree in TREES.items()}
    TopologicalSorter(graph).prepare()  # raises CycleError, which names the files


@pytest.mark.parametrize("module", FILES)
def test_imports_are_absolute(module):
    relative = [n for n in ast.walk(TREES[module]) if isinstance(n, ast.ImportFrom) and n.level]
    assert not relative, f"{describe(module, relative)}: write the whole name"


def test_only_the_wrapper_knows_scikeras():
    knowing = [
        module
        for module, tree in TREES.items()
        if any(name.split(".")[0] == "scikeras" for name in list_imports(tree))
    ]
    assert knowing == ["_keras_wrapper"]


@pytest.mark.parametrize("module", FILES)
def test_matplotlib_is_imported_in_functions(module):
    top = ast.Module([n for n in TREES[module].body if isinstance(n, (ast.Import, ast.ImportFrom))])
    early = [name for name in list_imports(top) if name.split(".")[0] == "matplotlib"]
    assert not early, f"{describe(module, early)} at its top: import it where it draws"


def test_no_file_is_called_utils():
    assert not [m for m in FILES if m.split(".")[-1].strip("_") in {"utils", "helpers", "misc"}]


@pytest.mark.parametrize("module", FILES)
def test_no_global_random_generator(module):
    imported = [name for name in list_imports(TREES[module]) if name.split(".")[0] == "random"]
    # `_seeding` gives the generator its state back, whatever Keras drew
    assert not imported or module == "_seeding", (
        f"{describe(module, imported)}: its generator is global"
    )
    used = {
        read_dotted(node) for node in ast.walk(TREES[module]) if isinstance(node, ast.Attribute)
    }
    wrong = {name for name in used if uses_global_generator(name)}
    assert not wrong, f"{FILES[module].relative_to(ROOT.parent)} uses {sorted(wrong)}"


def uses_global_generator(dotted):
    library, _, function = dotted.rpartition(".")
    if library in ("np.random", "numpy.random"):
        return function not in OWN_GENERATORS
    return dotted in GLOBAL_SEEDS


@pytest.mark.parametrize(
    ("importer", "imported", "allowed"),
    [
        ("cli", "_ablation", True),
        ("_ablation", "displays", True),
        ("_gan_over_sampler", "networks._conditional_gan", True),
        ("_gan_over_sampler", "metrics._nearest", True),
        ("_gan_training", "metrics", True),
        ("displays", "metrics", True),
        ("metrics._nearest", "_images", True),
        ("networks._cnn", "_cnn_classifier", False),
        ("_cnn_classifier", "displays", False),
        ("datasets._bccd", "_cnn_classifier", False),
        ("datasets._bccd", "displays", False),
        ("metrics._nearest", "displays", False),
        ("metrics._nearest", "_batches", False),
        ("networks._cnn", "metrics", False),
        ("pipeline", "cli", False),
    ],
)
def test_tables_say_what_is_meant(importer, imported, allowed):
    assert may_import(importer, imported) == allowed
