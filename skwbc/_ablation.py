"""The published study on one split of real images."""

import tempfile
from contextlib import contextmanager
from numbers import Integral, Real

import numpy as np
import pandas as pd
from joblib import Memory
from sklearn.base import BaseEstimator, _fit_context, clone
from sklearn.utils import _safe_indexing, indexable
from sklearn.utils._param_validation import HasMethods, Interval
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, check_memory, validate_data

from skwbc._ablation_fit import evaluate_pipeline
from skwbc._ablation_pipelines import ablation_pipelines
from skwbc._ablation_report import arrange_table, describe_limits, write_report
from skwbc._cnn_classifier import CNNClassifier
from skwbc._cnn_rnn_classifier import CNNRNNClassifier
from skwbc._doc_link import DocLinkMixin
from skwbc._gan_over_sampler import GANOverSampler
from skwbc._hold_out import hold_out
from skwbc._images import flatten_images
from skwbc._progress import track
from skwbc._seeding import draw_seed, seed_stream

__all__ = ["AblationStudy", "ablation_pipelines"]


class AblationStudy(DocLinkMixin, BaseEstimator):
    """Measure what each augmentation is worth, on one split of real images.

    Every model is trained in the four ways of :func:`ablation_pipelines`, on the same rows and
    from the same seeds. Test and validation images are real, and no sampler sees them. One GAN
    is trained, and all models and ways share it.

    One split says little: with 53 test images the 95 % interval of an accuracy reaches about 13
    points to either side, and the difference between two rows is no more certain.

    Parameters
    ----------
    models : dict of str to estimator, default=None
        Classifiers with a parameter `augmentation`; copied, not fitted. By default
        ``{"CNN": CNNClassifier(), "CNN-RNN": CNNRNNClassifier()}``.
    gan : sampler, default=None
        Over-sampler of images; copied, not fitted. By default :class:`GANOverSampler`.
    samples_per_class : int or None, default=300
        Images that the sampler brings each class to, unless the class has more. None leaves
        the sampler its own `sampling_strategy`.
    test_size : float, default=0.15
        Share of all images that is tested on.
    validation_size : float, default=0.15
        Share of the other images that chooses the best epoch.
    memory : str or joblib.Memory, default=None
        Where the trained GAN is kept: a study that was stopped does not train it again. By
        default a temporary folder, removed at the end.
    random_state : int, RandomState instance or None, default=0
        Of the split, and of every model and sampler of which the `random_state` is None.
    verbose : int, default=0
        0 is silent; otherwise fits are counted on standard error, by a bar on a terminal and
        by a line each elsewhere.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The classes, sorted.
    models_ : dict of str to estimator
        The classifiers with their seeds, not fitted.
    gan_ : sampler
        The sampler with its seed, not fitted.
    split_ : dict of str to ndarray of int
        Rows of "train", "validation" and "test".
    majority_rate_ : float
        Share of the most frequent class in the test images: the accuracy of a constant guess.
    results_ : DataFrame
        Columns "arm", "model", "split", "metric", "value". Splits are "train" (real images
        only), "validation", "test" and "fit"; the last holds counts and seconds. The metric
        "gan_seconds" stands once, with the first fit that needed the GAN.
    predictions_ : DataFrame
        Of the test images: columns "arm", "model", "row" (of X), "true", "predicted" and, for
        each class, its probability, "proba_<class>".
    reports_ : dict of (str, str) to dict
        By arm and model, scikit-learn's classification report of the test images.
    confusion_matrices_ : dict of (str, str) to ndarray of shape (n_classes, n_classes)
        By arm and model, of the test images; true classes are rows.
    histories_ : dict of (str, str) to dict of list of float
        By arm and model, the curves of the training.
    best_epochs_ : dict of (str, str) to int
        By arm and model, the epoch of which the weights were kept, counted from 0.
    gan_seconds_ : float
        What the training of the GAN took, also if it was found in `memory`.
    gan_fallback_ : dict of class to str
        Why the synthetic images of a class are not the GAN's, for each class of which that is so.
    real_ : tuple of (ndarray, ndarray)
        The first 6 training images of each class, 4-D, and their classes.
    synthetic_ : dict of str to tuple of (ndarray, ndarray)
        By sampler, "GAN": the first 6 synthetic images of each class that were trained on.
    n_features_in_ : int
        ``height * width * channels``.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Column names, where X is a DataFrame with string names.

    See Also
    --------
    ablation_pipelines : The pipelines that are evaluated.

    Examples
    --------
    >>> from skwbc import AblationStudy, AugmentationOverSampler, CNNClassifier
    >>> from skwbc.datasets import make_blood_cells
    >>> cells = make_blood_cells(60, image_shape=(16, 16, 3), random_state=0)
    >>> models = {"small CNN": CNNClassifier(filters=(4,), dense_units=8, epochs=1)}
    >>> study = AblationStudy(models, gan=AugmentationOverSampler(), samples_per_class=30)
    >>> study = study.fit(cells.images, cells.target_names[cells.target])
    >>> study.table().index.get_level_values("arm").tolist()
    ['original', 'traditional', 'GAN', 'GAN + traditional', 'constant guess']
    """

    _parameter_constraints = {  # noqa: RUF012 - scikit-learn's convention
        "models": [dict, None],
        "gan": [HasMethods("fit_resample"), None],
        "samples_per_class": [Interval(Integral, 1, None, closed="left"), None],
        "test_size": [Interval(Real, 0, 1, closed="neither")],
        "validation_size": [Interval(Real, 0, 1, closed="neither")],
        "memory": [str, HasMethods("cache"), None],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        models=None,
        *,
        gan=None,
        samples_per_class=300,
        test_size=0.15,
        validation_size=0.15,
        memory=None,
        random_state=0,
        verbose=0,
    ):
        self.models = models
        self.gan = gan
        self.samples_per_class = samples_per_class
        self.test_size = test_size
        self.validation_size = validation_size
        self.memory = memory
        self.random_state = random_state
        self.verbose = verbose

    @_fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y, groups=None):
        """Train and test every model in every way.

        Parameters
        ----------
        X : array-like of shape (n_images, n_features) or (n_images, height, width[, channels])
            Images.
        y : array-like of shape (n_images,)
            Classes; their names appear in the tables and figures.
        groups : array-like of shape (n_images,), default=None
            What images have in common (a photo, a patient): a group stays on one side of each
            split.

        Returns
        -------
        self : AblationStudy
            With `results_` and the other attributes.

        Raises
        ------
        ValueError
            If X holds NaN, infinity or images of one value; if y holds one class only, or a
            class with fewer than 4 images; if the groups leave a part of the split without
            images of a class; if `models` is empty.
        """
        validate_data(self, flatten_images(X), y, ensure_min_features=2)
        X, y, groups = indexable(X, np.asarray(y), groups)
        check_classification_targets(y)
        self.classes_ = np.unique(y)
        seeds = seed_stream(draw_seed(self.random_state))
        self.split_ = self._split(y, groups, next(seeds), next(seeds))
        self._seed_estimators(next(seeds), next(seeds))
        parts = {part: (_safe_indexing(X, rows), y[rows]) for part, rows in self.split_.items()}
        self.majority_rate_ = float(max(np.mean(parts["test"][1] == c) for c in self.classes_))
        with _working_memory(self.memory) as memory:
            evaluations = {
                fit: evaluate_pipeline(pipeline, parts, self.classes_, memory)
                for fit, pipeline in track(self._pipelines(memory), self.verbose)
            }
        self._keep(evaluations)
        return self

    def table(self):
        """Arrange the scores for reading.

        Returns
        -------
        DataFrame
            A row for each arm and model: the accuracy on real training, validation and test
            images, Wilson's 95 % interval of the last, balanced accuracy and macro-F1 of the
            test images, the number of training images with the synthetic ones, and the seconds
            that the classifier took. The last row, "constant guess", names the most frequent
            class of the test images every time; ``attrs["majority_rate"]`` is its accuracy.
        """
        check_is_fitted(self, "results_")
        return arrange_table(self)

    def limits(self):
        """Say in sentences what the table can't tell.

        Returns
        -------
        list of str
            What is scored, the constant guess, the width of an interval, the time of the GAN.
        """
        check_is_fitted(self, "results_")
        return describe_limits(self)

    def report(self, path):
        """Write the results to a folder.

        A file appears when all of it is written, and replaces one of the same name.

        Parameters
        ----------
        path : str or path-like
            The folder; made if it is not there.

        Returns
        -------
        list of Path
            ``table.md``, ``results.csv`` (`results_`), ``predictions.csv`` (`predictions_`),
            ``results.json`` (settings, versions, machine, split, reports, confusion matrices,
            histories) and, in ``figures``, ``confusion.png``, ``curves.png`` and
            ``synthetic.png``.

        Raises
        ------
        OSError
            If a file can't be written; those before it in the list are complete.
        """
        check_is_fitted(self, "results_")
        return write_report(self, path)

    def _split(self, y, groups, test_seed, validation_seed):
        """Choose the rows of training, validation and test."""
        counts = [int(np.sum(y == c)) for c in self.classes_]
        if len(counts) < 2:
            raise ValueError(
                "AblationStudy needs images of at least 2 classes; received 1 class: "
                f"{self.classes_.tolist()[0]!r}."
            )
        if min(counts) < 4:
            rarest = self.classes_.tolist()[np.argmin(counts)]
            raise ValueError(
                "AblationStudy needs at least 4 images of every class: one to test, one to "
                f"validate, two to train a GAN; class {rarest!r} has {min(counts)}."
            )
        groups = np.arange(len(y)) if groups is None else np.asarray(groups)
        rest, test = hold_out(y, self.test_size, test_seed, groups=groups)
        train, validation = hold_out(
            y[rest], self.validation_size, validation_seed, groups=groups[rest]
        )
        return {"train": rest[train], "validation": rest[validation], "test": test}

    def _seed_estimators(self, gan_seed, model_seed):
        models = self.models
        if models is None:
            models = {"CNN": CNNClassifier(), "CNN-RNN": CNNRNNClassifier()}
        if not models:
            raise ValueError("Expected at least one model, received an empty dict.")
        self.models_ = {name: _with_seed(model, model_seed) for name, model in models.items()}
        self.gan_ = _with_seed(GANOverSampler() if self.gan is None else self.gan, gan_seed)

    def _pipelines(self, memory):
        """Name each pipeline by arm and model: all models of an arm, then the next arm."""
        by_model = {
            name: ablation_pipelines(
                model, gan=self.gan_, samples_per_class=self.samples_per_class, memory=memory
            )
            for name, model in self.models_.items()
        }
        arms = list(next(iter(by_model.values())))
        return {(arm, name): by_model[name][arm] for arm in arms for name in by_model}

    def _keep(self, evaluations):
        """Turn what each pipeline did into the attributes of the study."""
        self.reports_ = {fit: done.report for fit, done in evaluations.items()}
        self.confusion_matrices_ = {f: done.confusion_matrix for f, done in evaluations.items()}
        self.histories_ = {fit: done.history for fit, done in evaluations.items()}
        self.best_epochs_ = {fit: done.best_epoch for fit, done in evaluations.items()}
        self.real_ = next(iter(evaluations.values())).real
        with_gan = {fit: done for fit, done in evaluations.items() if "GAN" in fit[0]}
        first, gan = next(iter(with_gan.items()))
        self.synthetic_ = {"GAN": gan.synthetic}
        self.gan_seconds_ = gan.metrics["fit"]["gan_seconds"]
        self.gan_fallback_ = gan.fallback
        self.results_ = pd.DataFrame(
            [
                (arm, model, split, metric, float(value))
                for (arm, model), done in evaluations.items()
                for split, metrics in done.metrics.items()
                for metric, value in metrics.items()
                if metric != "gan_seconds" or (arm, model) == first
            ],
            columns=["arm", "model", "split", "metric", "value"],
        )
        predictions = [
            done.predictions.assign(arm=arm, model=model, row=self.split_["test"])
            for (arm, model), done in evaluations.items()
        ]
        predictions = pd.concat(predictions, ignore_index=True)
        names = ["arm", "model", "row"]
        self.predictions_ = predictions[names + [c for c in predictions if c not in names]]


@contextmanager
def _working_memory(memory):
    """Give the user's cache or, without one, a temporary one."""
    memory = check_memory(memory)
    if getattr(memory, "location", "") is not None:
        yield memory
        return
    with tempfile.TemporaryDirectory(prefix="skwbc-") as folder:
        yield Memory(folder, verbose=0)


def _with_seed(estimator, seed):
    """Copy an estimator and fill in each `random_state` that is None."""
    unset = [
        name
        for name, value in estimator.get_params().items()
        if value is None and (name == "random_state" or name.endswith("__random_state"))
    ]
    return clone(estimator).set_params(**dict.fromkeys(unset, seed))
