"""Pipelines in which validation images are real."""

import inspect
import warnings
from typing import Any, Self

import imblearn.pipeline
import joblib
import numpy as np
import pandas as pd
import sklearn
from numpy.typing import ArrayLike
from scipy.sparse import issparse
from sklearn.base import _fit_context, clone, is_classifier
from sklearn.pipeline import _name_estimators
from sklearn.utils import _safe_indexing, check_consistent_length
from sklearn.utils._user_interface import _print_elapsed_time
from sklearn.utils.metadata_routing import UNUSED, MetadataRouter
from sklearn.utils.validation import _check_method_params, _is_fitted, _num_samples, check_memory

from skwbc._doc_link import DocLinkMixin
from skwbc._fit_callbacks import CallbackSupportMixin, NoContext, with_callbacks
from skwbc._hold_out import check_classes, check_validation, hold_out
from skwbc._seeding import draw_seed, seed_stream
from skwbc._stacklevel import find_stacklevel

__all__ = ["Pipeline", "make_pipeline"]


class Pipeline(DocLinkMixin, imblearn.pipeline.Pipeline, CallbackSupportMixin):
    """Pipeline of imbalanced-learn, with a hold-out of real rows before any sampler.

    A network that held out its own validation rows behind an over-sampler would validate on
    synthetic images. Where the final step is a classifier of skwbc, its `validation_fraction` of
    the rows is therefore set aside first, stratified; samplers and transformers are fitted on the
    others, and the rows set aside reach the final step through the transformers alone.
    scikit-learn's callbacks, where it has them, reach every step. In all else, and with any other
    final step, it is imbalanced-learn's pipeline.

    Parameters
    ----------
    steps : list of (str, estimator)
        Transformers and samplers, then the final estimator.
    transform_input : list of str, default=None
        Metadata that the transformers are applied to, with metadata routing.
    memory : str or joblib.Memory, default=None
        Cache of fitted transformers and samplers: with an integer `random_state`, a GAN is
        trained once for the same rows and settings.
    verbose : bool, default=False
        Print the time of each step.

    See Also
    --------
    make_pipeline : Name the steps automatically.
    ablation_pipelines : The four pipelines of the published study.

    Examples
    --------
    >>> from skwbc import AugmentationOverSampler, CNNClassifier, Pipeline
    >>> from skwbc.datasets import make_blood_cells
    >>> cells = make_blood_cells(60, image_shape=(16, 16, 3), random_state=0)
    >>> pipeline = Pipeline([
    ...     ("copies", AugmentationOverSampler(random_state=0)),
    ...     ("classifier", CNNClassifier(epochs=1, random_state=0)),
    ... ])
    >>> pipeline.fit(cells.images, cells.target).predict(cells.images[:2]).shape
    (2,)
    """

    __metadata_request__fit = {"groups": True}  # noqa: RUF012 - scikit-learn's convention
    __metadata_request__score = {"sample_weight": UNUSED}  # noqa: RUF012 - the steps ask for it

    @with_callbacks
    @_fit_context(prefer_skip_nested_validation=False)
    def fit(
        self,
        X: ArrayLike,
        y: Any = None,
        *,
        X_val: ArrayLike | None = None,
        y_val: ArrayLike | None = None,
        sample_weight_val: ArrayLike | None = None,
        groups: ArrayLike | None = None,
        **params,
    ) -> Self:
        """Fit the steps, and the last one with real validation rows.

        Parameters
        ----------
        X : array-like
            Images or any other rows that the first step takes.
        y : array-like of shape (n_samples,), default=None
            Classes.
        X_val, y_val : array-like, default=None
            Rows to validate on, for a final step that takes them. By default, if that is a
            classifier of skwbc, its `validation_fraction` of X is held out, chosen by its
            `random_state`.
        sample_weight_val : array-like of shape (n_val_samples,), default=None
            Weights of `X_val`, for a final step that takes them. Rows that are held out keep those
            that the final step gets as its `sample_weight`.
        groups : array-like of shape (n_samples,), default=None
            What rows have in common (a photo, a patient): a group stays on one side of the
            hold-out. Without samplers, steps that ask for groups by metadata routing get them.
        **params
            Parameters of the steps' `fit`, as ``step__parameter`` or by metadata routing. What
            has one entry a row of X is split with it.

        Returns
        -------
        self : Pipeline
            Fitted pipeline.

        Raises
        ------
        ValueError
            If validation rows are given that the final step can't take, without their classes,
            with others than those of y, or as a parameter of a step; if none can be held out,
            because a class has a single row or a single group; if the final step is a classifier
            of skwbc, and y holds no classes; if X, y, `groups` and the weights of rows differ in
            length; if a parameter of a step's `fit` has an entry for each row of X, and a sampler
            before that step made other rows of them.

        Warns
        -----
        UserWarning
            If a classifier of skwbc is part of the final step, where it holds out rows that a
            sampler made, or rows of a group that it also trains on.
        """
        context = self._init_callback_context(max_subtasks=len(self.steps))
        context.call_on_fit_task_begin(estimator=self, X=X, y=y)
        final, seed = self._final_estimator, None
        validates = takes_validation(final)
        if not validates and (X_val is not None or y_val is not None):
            raise ValueError(
                f"X_val and y_val were given, but the final step {self.steps[-1][0]!r} "
                "takes no validation rows in fit."
            )
        check_consistent_length(X, y, groups)
        if groups is not None and self._asks_for_groups():
            params = params | {"groups": groups}
        check_validation(X_val, y_val, sample_weight_val)
        if validates:
            _refuse_validation_of_steps(self, params)
            _check_last(_find_last(final), y, y_val, sample_weight_val)
        if X_val is None and _holds_out(final):
            seed = _seed_hold_out(_find_last(final))
            weights = _find_weights(self, y, params)
            kept, held_out = self._set_aside(y, groups, weights, seed)
            params = _check_method_params(X, params, indices=kept)
            X_val, y_val = _safe_indexing(X, held_out), _safe_indexing(y, held_out)
            sample_weight_val = None if weights is None else _safe_indexing(weights, held_out)
            X, y = _safe_indexing(X, kept), _safe_indexing(y, kept)
        else:
            self._warn_of_hidden_hold_out(groups, params)
        routed = self._check_method_params(method="fit", props=params)
        Xt, yt = self._fit(X, y, routed, raw_params=params)
        if X_val is not None:
            for _, _, transformer in self._iter(with_final=False):
                X_val = transformer.transform(X_val)
        validation = {"X_val": X_val, "y_val": y_val} if validates else {}
        if sample_weight_val is not None:
            validation["sample_weight_val"] = sample_weight_val
        n_rows = _num_samples(X)
        del X  # photos that were cropped, or to which rows were added, are not needed any more
        self._fit_final(n_rows, Xt, yt, routed, params, validation)
        if seed is not None:
            _remember_hold_out(_find_last(final), seed)
        context.call_on_fit_task_end(estimator=self, X=Xt, y=yt)
        return self

    def _has_samplers(self):
        return any(hasattr(step, "fit_resample") for _, step in self.steps[:-1])

    def _asks_for_groups(self):
        """Tell whether a step gets groups by metadata routing, such as a search for its folds.

        Behind samplers none does: nobody can tell the group of a synthetic row.
        """
        if self._has_samplers() or not sklearn.get_config()["enable_metadata_routing"]:
            return False
        return bool(super().get_metadata_routing().consumes("fit", {"groups"}))

    def _warn_of_hidden_hold_out(self, groups, params):
        """Warn of a classifier inside the final step that holds rows out as it should not."""
        (name, final), reason = self.steps[-1], None
        if self._has_samplers():
            reason = "behind a sampler most of them may be synthetic"
        elif groups is not None and "groups" not in params:
            reason = "does not know of the groups"
        if reason is None or not hasattr(final, "get_params") or takes_validation(final):
            return
        for inner, value in final.get_params(deep=True).items():
            if not isinstance(value, type) and _holds_out(value):
                warnings.warn(
                    f"{name}__{inner} holds out rows to validate on, and {reason}. Make it the "
                    "last step of this pipeline, around which a search or an ensemble may stand, "
                    "or set its validation_fraction to 0.",
                    UserWarning,
                    stacklevel=find_stacklevel(),
                )
                return

    def _set_aside(self, y, groups, weights, seed):
        """Give the rows to fit on and those to validate on; one of weight zero is neither."""
        present = np.arange(_num_samples(y)) if weights is None else np.flatnonzero(weights)
        if len(present) == 0:
            raise ValueError("Expected sample_weight with at least one value above zero.")
        y = _safe_indexing(y, present)
        groups = None if groups is None else _safe_indexing(groups, present)
        fraction = _find_last(self).validation_fraction
        kept, held_out = hold_out(y, fraction, seed, groups=groups)
        return present[kept], present[held_out]

    def get_metadata_routing(self) -> MetadataRouter:
        """Say what metadata the steps ask for, and the pipeline itself: the `groups` of its `fit`.

        Returns
        -------
        sklearn.utils.metadata_routing.MetadataRouter
            Of the pipeline and its steps.
        """
        return super().get_metadata_routing().add_self_request(self)

    def _fit(self, X, y=None, routed_params=None, raw_params=None):
        """Fit all steps but the last; give the rows for that.

        imbalanced-learn's does the same and tells no callbacks.
        """
        self.steps = list(self.steps)
        self._validate_steps()
        n_rows = _num_samples(X)
        memory = check_memory(self.memory)
        fit_step = memory.cache(_fit_step, ignore=["message", "caller", "context"])
        steps = self._iter(with_final=False, filter_passthrough=False, filter_resample=False)
        for index, name, step in steps:
            context = self._open_task(f"fit-{name}")
            if step is None or step == "passthrough":
                continue
            is_kept = getattr(memory, "location", "") is not None
            arguments = {
                "X": X,
                "y": y,
                "params": self._get_metadata_for_step(
                    step_idx=index, step_params=routed_params[name], all_params=raw_params
                ),
                "message": self._log_message(index),
                "caller": self,
                "context": context,
            }
            later = [routed_params.get(step_name, {}) for step_name, _ in self.steps[index + 1 :]]
            per_row = _list_per_row(later, n_rows)
            if per_row and _adds_rows(step, X, y):  # told before it is trained in vain
                raise ValueError(_tell_other_rows(per_row[0], n_rows, name))
            before = X, y
            X, y, fitted = fit_step(clone(step) if is_kept else step, **arguments)
            if is_kept and getattr(fitted, "interrupted_", False):  # by Ctrl-C: not to be kept
                fit_step.call_and_shelve(clone(step), **arguments).clear()
            self.steps[index] = (name, fitted)
            is_sampler = hasattr(step, "fit_resample")
            if is_sampler and per_row and not all(map(_are_same, before, (X, y))):
                raise ValueError(_tell_other_rows(per_row[0], n_rows, name))
        return X, y

    def _fit_final(self, n_rows, Xt, yt, routed, params, validation):
        """Fit the last step to the rows `Xt` that the other steps made of `n_rows`."""
        context = self._open_task("fit-final-estimator")
        name, final = self.steps[-1]
        if final is None or final == "passthrough":
            return
        final_params = self._get_metadata_for_step(
            step_idx=len(self) - 1, step_params=routed[name], all_params=params
        )["fit"]
        message = self._log_message(len(self) - 1)
        with _print_elapsed_time("Pipeline", message), context.propagate_callback_context(final):
            context.call_on_fit_task_begin(estimator=self, X=Xt, y=yt)
            final.fit(Xt, yt, **validation, **final_params)
            context.call_on_fit_task_end(estimator=self, X=Xt, y=yt)

    def _open_task(self, name):
        """Open a task in the present fit; none is watched outside `fit`."""
        return getattr(self, "_callback_fit_ctx", NoContext()).subcontext(task_name=name)


def takes_validation(estimator):
    """Tell whether an estimator takes rows to validate on."""
    last = _find_last(estimator)
    taken = inspect.signature(last.fit).parameters if hasattr(last, "fit") else {}
    return getattr(last, "_holds_out_rows", False) or {"X_val", "y_val"} <= set(taken)


def _find_last(estimator):
    """Give the last step of a pipeline, or of the pipeline that this is; or the estimator."""
    while isinstance(estimator, Pipeline):
        estimator = estimator._final_estimator
    return estimator


def _refuse_validation_of_steps(pipeline, params):
    """Refuse rows to validate on that would not pass the transformers."""
    while isinstance(pipeline, Pipeline):
        name, last = pipeline.steps[-1]
        params = pipeline._check_method_params(method="fit", props=params)[name]["fit"]
        given = [key for key in ("X_val", "y_val", "sample_weight_val") if key in params]
        if given:
            raise ValueError(
                f"{given[0]} was given to the step {name!r}; expected it as a parameter of the "
                f"pipeline's own fit, {given[0]}=..., which takes X_val through the steps before."
            )
        pipeline = last


def _find_weights(estimator, y, params):
    """Give the weights of the rows that the last step gets; None if there is one for all."""
    while isinstance(estimator, Pipeline):
        name, last = estimator.steps[-1]
        params = estimator._check_method_params(method="fit", props=params)[name]["fit"]
        estimator = last
    weights = params.get("sample_weight")
    if np.ndim(weights) == 0:
        return None
    check_consistent_length(y, weights)
    return weights


def _holds_out(estimator):
    """Tell whether an estimator holds rows out to validate on, unless it is given some.

    That of other packages may do so by rules of its own, and is left alone.
    """
    last = _find_last(estimator)
    return getattr(last, "_holds_out_rows", False) and last.validation_fraction != 0


def _check_last(last, y, y_val, sample_weight_val):
    """Refuse what the last step would, before a sampler is trained in vain."""
    name = "sample_weight_val"
    if sample_weight_val is not None and name not in inspect.signature(last.fit).parameters:
        raise ValueError(f"{name} was given, but {type(last).__name__} takes none in fit.")
    if hasattr(last, "_validate_params") and hasattr(last, "_parameter_constraints"):
        last._validate_params()
    if getattr(last, "_holds_out_rows", False):
        check_classes(y, type(last).__name__)
    if y_val is not None and is_classifier(last):
        classes = dict.fromkeys(np.ravel(y).tolist())
        unknown = [c for c in dict.fromkeys(np.ravel(y_val).tolist()) if c not in classes]
        if unknown:
            raise ValueError(
                f"y_val holds classes that y does not: {unknown}; expected a selection of "
                f"{list(classes)}."
            )


def _seed_hold_out(classifier):
    """Give the seed of the hold-out: at a warm start that of the fit before."""
    if getattr(classifier, "warm_start", False) and _is_fitted(classifier):
        own = getattr(classifier, "_seed", None)
        seeds = getattr(classifier, "_hold_out_seeds", {})
        if own in seeds:
            return seeds[own]
        if own is not None:  # fitted alone
            return next(seed_stream(own))
    return draw_seed(classifier.random_state)


def _remember_hold_out(classifier, seed):
    """Note the seed of the hold-out beside that of the training, for a warm start."""
    classifier._hold_out_seeds = {getattr(classifier, "_seed", None): seed}


def _fit_step(step, X, y, *, params, message, caller, context):
    """Fit a transformer or a sampler; give the rows that it makes, and itself."""
    with _print_elapsed_time("Pipeline", message), context.propagate_callback_context(step):
        context.call_on_fit_task_begin(estimator=caller, X=X, y=y)
        if hasattr(step, "fit_resample"):
            X, y = step.fit_resample(X, y, **params.get("fit_resample", {}))
        elif hasattr(step, "fit_transform"):
            X = step.fit_transform(X, y, **params.get("fit_transform", {}))
        else:
            X = step.fit(X, y, **params.get("fit", {})).transform(X, **params.get("transform", {}))
        context.call_on_fit_task_end(estimator=caller, X=X, y=y)
    return X, y, step


def _adds_rows(step, X, y):
    """Tell of an over-sampler whether it will make rows, without training it."""
    if getattr(step, "_sampling_type", None) != "over-sampling":
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # `fit_resample` will warn
            return any(clone(step).fit(X, y).sampling_strategy_.values())
    except Exception:  # `fit_resample` will raise it
        return False


def _list_per_row(later, n_rows):
    """Name what later steps get with an entry for each row, which only the same rows can use."""
    routed = [params for methods in later for params in methods.values()]
    return [name for params in routed for name in params if _is_per_row(params[name], n_rows)]


def _tell_other_rows(per_row, n_rows, sampler):
    return (
        f"{per_row} has an entry for each of the {n_rows} rows that went into the pipeline, but "
        f"its sampler {sampler!r} makes other rows of them, and nobody can tell the {per_row} of a "
        f"synthetic row. Leave {per_row} away, or the sampler; the classes can be weighed by the "
        "classifier's class_weight."
    )


def _is_per_row(value, n_rows):
    """Tell whether a parameter of `fit` has an entry for each row."""
    is_list = hasattr(value, "__len__") and not isinstance(value, (str, dict))
    return is_list and getattr(value, "ndim", 1) > 0 and _num_samples(value) == n_rows


def _are_same(before, after):
    """Tell whether rows, or their classes, are after a sampler what they were before."""
    if before is after:
        return True
    if issparse(before) and issparse(after):
        return before.shape == after.shape and (before != after).nnz == 0
    before, after = np.asarray(before), np.asarray(after)
    if before.shape != after.shape:
        return False
    missing, missing_after = pd.isna(before), pd.isna(after)
    either = missing | missing_after
    return bool(np.where(either, missing & missing_after, before == after).all())


def make_pipeline(
    *steps,
    memory: str | joblib.Memory | None = None,
    transform_input: list[str] | None = None,
    verbose: bool = False,
) -> Pipeline:
    """Build a :class:`Pipeline`, naming each step by its class in lower case.

    Parameters
    ----------
    *steps : estimator
        Transformers and samplers, then the final estimator.
    memory : str or joblib.Memory, default=None
        Cache of fitted transformers and samplers.
    transform_input : list of str, default=None
        Metadata that the transformers are applied to, with metadata routing.
    verbose : bool, default=False
        Print the time of each step.

    Returns
    -------
    Pipeline
        Not yet fitted.

    Examples
    --------
    >>> from skwbc import CNNClassifier, AugmentationOverSampler, make_pipeline
    >>> list(make_pipeline(AugmentationOverSampler(), CNNClassifier()).named_steps)
    ['augmentationoversampler', 'cnnclassifier']
    """
    return Pipeline(
        _name_estimators(steps), memory=memory, transform_input=transform_input, verbose=verbose
    )
