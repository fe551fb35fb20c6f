"""Pipelines in which validation images are real."""

import inspect

import imblearn.pipeline
from sklearn.base import _fit_context
from sklearn.pipeline import _name_estimators
from sklearn.utils import _safe_indexing
from sklearn.utils.validation import _check_method_params

from skwbc._hold_out import hold_out
from skwbc._seeding import draw_seed

__all__ = ["Pipeline", "make_pipeline"]


class Pipeline(imblearn.pipeline.Pipeline):
    """Pipeline of imbalanced-learn, with a hold-out of real rows before any sampler.

    A network that held out its own validation rows behind an over-sampler would validate on
    synthetic images. Where the final step has a `validation_fraction` and takes `X_val` and
    `y_val`, that share of the rows is therefore set aside first, stratified; samplers and
    transformers are fitted on the others, and the rows set aside reach the final step through
    the transformers alone. With any other final step it is imbalanced-learn's pipeline.

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

    @_fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y=None, *, X_val=None, y_val=None, **params):
        """Fit the steps, and the last one with real validation rows.

        Parameters
        ----------
        X : array-like
            Images or any other rows that the first step takes.
        y : array-like of shape (n_samples,), default=None
            Classes.
        X_val, y_val : array-like, default=None
            Rows to validate on. By default the final step's `validation_fraction` of X is held
            out, chosen by the final step's `random_state`.
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
            If validation rows are given that the final step can't take, or if they can't be
            held out because a class has a single row.
        """
        if not self._final_step_validates():
            if X_val is not None or y_val is not None:
                raise ValueError(
                    f"X_val and y_val were given, but the final step {self.steps[-1][0]!r} "
                    "takes no validation rows in fit."
                )
            return super().fit(X, y, **params)
        final = self._final_estimator
        if X_val is None and y_val is None and final.validation_fraction > 0:
            kept, held_out = hold_out(y, final.validation_fraction, draw_seed(final.random_state))
            params = _check_method_params(X, params, indices=kept)
            X_val, y_val = _safe_indexing(X, held_out), _safe_indexing(y, held_out)
            X, y = _safe_indexing(X, kept), _safe_indexing(y, kept)
        routed = self._check_method_params(method="fit", props=params)
        Xt, yt = self._fit(X, y, routed, raw_params=params)
        if X_val is not None:
            for _, _, transformer in self._iter(with_final=False):
                X_val = transformer.transform(X_val)
        name = self.steps[-1][0]
        final_params = self._get_metadata_for_step(
            step_idx=len(self) - 1, step_params=routed[name], all_params=params
        )
        self._final_estimator.fit(Xt, yt, X_val=X_val, y_val=y_val, **final_params["fit"])
        return self

    def _final_step_validates(self):
        final = self._final_estimator
        return hasattr(final, "validation_fraction") and {"X_val", "y_val"} <= set(
            inspect.signature(final.fit).parameters
        )


def make_pipeline(*steps, memory=None, transform_input=None, verbose=False):
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
