"""What can be told about the parts of a study before hours of training."""

import joblib
import numpy as np
from sklearn.model_selection import ParameterGrid

from skwbc._ablation_arms import ablation_pipelines, list_samplers
from skwbc._ablation_settings import find_hash_error


def check_grids(models, arms, param_grid):
    """Refuse grids that name what their model does not have, or an arm sets, or are no grids.

    Parameters
    ----------
    models : dict of str to estimator
        Classifiers.
    arms : dict of str to dict
        As :func:`ablation_arms` gives them.
    param_grid : dict of str to dict or list of dict, or None
        By model, the parameters to choose from.

    Raises
    ------
    ValueError
        If a key is no parameter of the model, or one that an arm sets, or a grid holds no values
        for it.
    TypeError
        If a grid is no dict or list of dict, or its values are no sequence.
    """
    for name, grids in (param_grid or {}).items():
        if not grids:
            continue  # nothing to choose from
        for grid in ParameterGrid(grids).param_grid:
            _check_keys(name, models[name], grid)
            _refuse_keys_of_arms(name, arms, grid)


def _check_keys(name, model, grid):
    known = model.get_params()
    put_in = tuple(f"{key}__" for key in grid)  # of these parts nothing can be known yet
    unknown = [key for key in grid if key not in known and not key.startswith(put_in)]
    if unknown:
        raise ValueError(
            f"Expected in param_grid[{name!r}] parameters of {type(model).__name__}, "
            f"{', '.join(sorted(known))}; received {', '.join(map(repr, unknown))}."
        )


def _refuse_keys_of_arms(name, arms, grid):
    """Refuse to choose what makes an arm: every arm would choose from the same."""
    for arm, settings in arms.items():
        set_by_arm = [key for key in settings if key != "sampler"]
        both = [key for key in grid if any(f"{k}__".startswith(f"{key}__") for k in set_by_arm)]
        if both:
            raise ValueError(
                f"param_grid[{name!r}] would choose {', '.join(map(repr, both))} in place of what "
                f"arm {arm!r} sets. Leave it out of the grid, or of every arm."
            )


def check_parameters(models, arms):
    """Refuse values that a model or sampler would refuse in its `fit`.

    Only constraints are looked at that scikit-learn's `_validate_params` knows, of steps that have
    any; what depends on the images is told by the fit.

    Parameters
    ----------
    models : dict of str to estimator
        Classifiers.
    arms : dict of str to dict
        As :func:`ablation_arms` gives them.

    Raises
    ------
    ValueError
        Naming the arm and the model.
    """
    for model, classifier in models.items():
        for arm, pipeline in ablation_pipelines(classifier, arms=arms).items():
            for _, step in pipeline.steps:
                _check_step(step, arm, model)


def _check_step(step, arm, model):
    if hasattr(step, "_validate_params") and hasattr(step, "_parameter_constraints"):
        try:
            step._validate_params()
        except ValueError as error:
            raise ValueError(f"In arm {arm!r} with model {model!r}: {error}") from error


def check_samplers(arms):
    """Refuse samplers that can't be hashed, by which their images are found again.

    Parameters
    ----------
    arms : dict of str to dict
        As :func:`ablation_arms` gives them.

    Raises
    ------
    ValueError
        Naming the arm.
    """
    for name, arm in arms.items():
        try:
            joblib.hash(list_samplers(arm))
        except Exception as error:  # pickle raises what it likes
            told = next(iter(error.args), error)  # joblib adds all that it was hashing
            raise ValueError(
                f"Expected a sampler that can be pickled in arm {name!r}: {told}. A lambda can't "
                "be, nor what is defined inside a function; give it a name in a module."
            ) from error


def check_hashes(models, arms, param_grid):
    """Refuse settings by which no other process would find the fits again.

    Parameters
    ----------
    models : dict of str to estimator
        Classifiers.
    arms : dict of str to dict
        As :func:`ablation_arms` gives them.
    param_grid : dict of str to dict or list of dict, or None
        By model, the parameters to choose from.

    Raises
    ------
    ValueError
        Naming the model, arm or grid that can't be pickled.
    """
    for kind, parts in (("model", models), ("arm", arms), ("param_grid", param_grid or {})):
        for name, part in parts.items():
            error = find_hash_error(part)
            if error is not None:
                raise ValueError(
                    f"With `folder`, expected settings that can be pickled; in {kind} {name!r}: "
                    f"{error}. A lambda can't be, nor what is defined inside a function; give it a "
                    "name in a module."
                ) from error


def check_counts(classes, counts):
    """Refuse images of one class, and classes of too few.

    Parameters
    ----------
    classes : ndarray of shape (n_classes,)
        Their names.
    counts : ndarray of int of shape (n_classes,)
        Images of each.

    Raises
    ------
    ValueError
        Of one class, or of fewer than 4 images of one.
    """
    if len(counts) < 2:
        raise ValueError(
            "AblationStudy needs images of at least 2 classes; received 1 class: "
            f"{classes.tolist()[0]!r}."
        )
    if min(counts) < 4:
        rarest = classes.tolist()[np.argmin(counts)]
        raise ValueError(
            "AblationStudy needs at least 4 images of every class: one to test, one to "
            f"validate, two to train a GAN; class {rarest!r} has {min(counts)}."
        )


def check_seed(random_state, folder):
    """Refuse a folder whose fits no other call could find."""
    if folder is not None and random_state is None:
        raise ValueError(
            "Expected a random_state with `folder`, received None: each fit would draw another "
            "seed, and find none of the fits of before. Give an integer."
        )


def check_names(models, arms, param_grid):
    """Refuse a study without models or arms, and a grid of a model that is not there."""
    for name, part in (("model", models), ("arm", arms)):
        if not part:
            raise ValueError(f"Expected at least one {name}, received an empty dict.")
    unknown = set(param_grid or {}) - set(models)
    if unknown:
        raise ValueError(f"param_grid names {sorted(unknown)}, but the models are {list(models)}.")
