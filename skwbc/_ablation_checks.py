"""What can be told about the parts of a study before hours of training."""

from sklearn.model_selection import ParameterGrid

from skwbc._ablation_arms import ablation_pipelines


def check_grids(models, param_grid):
    """Refuse grids that name what their model does not have, or are no grids.

    Parameters
    ----------
    models : dict of str to estimator
        Classifiers.
    param_grid : dict of str to dict or list of dict, or None
        By model, the parameters to choose from.

    Raises
    ------
    ValueError
        If a key is no parameter of the model, or a grid holds no values for it.
    TypeError
        If a grid is no dict or list of dict, or its values are no sequence.
    """
    for name, grids in (param_grid or {}).items():
        if not grids:
            continue  # nothing to choose from
        for grid in ParameterGrid(grids).param_grid:
            _check_keys(name, models[name], grid)


def _check_keys(name, model, grid):
    known = model.get_params()
    put_in = tuple(f"{key}__" for key in grid)  # of these parts nothing can be known yet
    unknown = [key for key in grid if key not in known and not key.startswith(put_in)]
    if unknown:
        raise ValueError(
            f"Expected in param_grid[{name!r}] parameters of {type(model).__name__}, "
            f"{', '.join(sorted(known))}; received {', '.join(map(repr, unknown))}."
        )


def check_parameters(models, arms):
    """Refuse values that a model or sampler would refuse in its `fit`.

    Only constraints are looked at that scikit-learn's `_validate_params` knows; what depends on the
    images is told by the fit.

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
    if hasattr(step, "_validate_params"):
        try:
            step._validate_params()
        except ValueError as error:
            raise ValueError(f"In arm {arm!r} with model {model!r}: {error}") from error
