"""A study of what each augmentation is worth, on real images."""

import math
import os
import warnings
from numbers import Integral, Real
from typing import Any, Self

import joblib
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, _fit_context, clone
from sklearn.utils import indexable
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import validate_data

from skwbc._ablation_arms import ablation_arms, ablation_pipelines, published_arms
from skwbc._ablation_checks import (
    check_counts,
    check_grids,
    check_hashes,
    check_names,
    check_parameters,
    check_samplers,
    check_seed,
)
from skwbc._ablation_mixture import list_mixed_splits
from skwbc._ablation_names import HONEST, ONLY, PUBLISHED
from skwbc._ablation_readings import StudyReadings
from skwbc._ablation_siblings import (
    choose_image_shape,
    describe_leaks,
    find_siblings,
    list_leaks,
    merge_groups,
)
from skwbc._ablation_splits import list_splits
from skwbc._ablation_study_fits import StudyFits
from skwbc._cnn_classifier import CNNClassifier
from skwbc._cnn_rnn_classifier import CNNRNNClassifier
from skwbc._doc_link import DocLinkMixin
from skwbc._fit_callbacks import CallbackSupportMixin, with_callbacks
from skwbc._hold_out import check_groups
from skwbc._images import flatten_images
from skwbc._lazy_images import LazyImages
from skwbc._seeding import draw_seed, seed_stream
from skwbc._stacklevel import find_stacklevel
from skwbc._tables import use_numpy_dtype
from skwbc._types import PathLike, Seed
from skwbc._vanilla_gan_over_sampler import VanillaGANOverSampler

__all__ = ["AblationStudy", "ablation_arms", "ablation_pipelines"]


class AblationStudy(StudyReadings, StudyFits, DocLinkMixin, CallbackSupportMixin, BaseEstimator):
    """Measure what each augmentation is worth, on real images that nothing was fitted to.

    Or replay how a published study measured it, to see what that way of measuring is worth.

    Every model is trained in every arm, on the same rows and from the same seeds. Test and
    validation images are real, and no sampler sees them. A sampler is trained once for each split,
    and all models and arms share it.

    By default there is one split, and one split says little: with 53 test images the 95 % interval
    of an accuracy reaches about 13 points to either side. ``cv=5, n_repeats=3`` makes fifteen
    splits; only these tell how much a difference between two arms means.

    Parameters
    ----------
    models : dict of str to estimator, default=None
        Classifiers with the parameters that the arms set, such as `augmentation`; copied, not
        fitted. By default ``{"CNN": CNNClassifier(), "CNN-RNN": CNNRNNClassifier()}``.
    arms : dict of str to dict, default=None
        What is done about few images, as :func:`ablation_arms` gives it: for each arm the
        parameters of the classifier that it sets, and under "sampler" an over-sampler or a list of
        steps. By default the four published arms.
    protocol : {"honest", "published"}, default="honest"
        With "published", the protocol of [1]_ is replayed: the samplers see all images, then
        real and synthetic images together are split at random, `test_size` and `validation_size`
        of them, so that arms with synthetic images are tested on those, too; more images mean a
        longer training. Scores of the real and of the synthetic test images are told apart, and
        nothing else can be learned from it.
    gan : sampler, default=None
        Over-sampler of the default arms; copied, not fitted. By default :class:`GANOverSampler`,
        under the published protocol :class:`VanillaGANOverSampler`.
    samples_per_class : int or None, default=300
        Images that the sampler of the default arms brings each class to, unless the class has
        more. None leaves the sampler its own `sampling_strategy`.
    cv : int, cross-validation splitter or iterable, default=None
        Number of folds, stratified and with whole groups, or what gives the folds by its `split`,
        or pairs of rows (train, test). Groups have to be whole there, too, and no test set may
        come twice; a splitter without a seed takes that of the study. None is one random split,
        and all that the published protocol has.
    n_repeats : int, default=1
        How often to split anew. A splitter with a fixed seed, and pairs of rows, can't be; one such
        as :class:`~sklearn.model_selection.RepeatedStratifiedKFold` repeats by itself.
    test_size : float, default=0.15
        Share of all images that is tested on, where `cv` is None.
    validation_size : float, default=0.15
        Share of the images not tested on that chooses the best epoch.
    budget : {"steps", "epochs"}, default="steps"
        What is equal in all arms. With "steps", a classifier takes as many steps of its optimiser
        on more images as its `epochs` are on the real ones, up to whole epochs. With "epochs", as
        published, more images mean a longer training; so it is always under that protocol.
    param_grid : dict of str to dict or list of dict, default=None
        By model, the parameters of the classifier to choose from, arm by arm and split by split:
        by balanced accuracy in three folds of the training images, of whole groups, synthetic
        images kept out of what is scored; a fold that leaves a class without a training image does
        not count. All arms and models of a split have the same folds, and with ``budget="steps"``
        equal steps in each; of "epochs" that are chosen, too, the steps are those on the real
        images.
    folder : str or path-like, default=None
        Where each finished fit is kept at once. A study that was stopped finds them there, and
        does the others; so does one with more models, arms or repeats. It needs a `random_state`,
        and settings that can be pickled. None keeps nothing.
    resume : {True, False, "only"}, default=True
        Whether to take what `folder` has already. If False, all is done again, and each fit
        replaces the one before when it is done; fits to other images are given up. With "only",
        nothing is trained or written to the folder: every fit must be there, those that failed
        included.
    memory : str or joblib.Memory, default=None
        Where the trained samplers are kept. By default in `folder`, or without one, or with
        ``resume=False``, in a temporary folder, removed at the end.
    n_jobs : int, default=None
        Processes of joblib. Each needs about 0.5 GB and some seconds to start TensorFlow. Fits
        that find the sampler of another one trained come after it.
    error_score : "raise" or float, default=nan
        Score of a fit that fails; its traceback is in `failures_`, and the others go on. "raise"
        ends the study instead.
    random_state : int, RandomState instance or None, default=0
        Of the splits, and of every model and sampler of which the `random_state` is None.
    verbose : int, default=0
        0 is silent; otherwise fits are counted on standard error, by a bar on a terminal and
        by a line each elsewhere.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The classes, sorted.
    class_counts_ : ndarray of int of shape (n_classes,)
        Images of each class.
    models_ : dict of str to estimator
        Copies of the classifiers, not fitted.
    arms_ : dict of str to dict
        The arms.
    origin_ : dict
        "versions" and "machine" of the fits, those of now or of the `folder` in which they were
        found, and "data", a hash of images and classes.
    splits_ : list of Split
        Named tuples ``(repeat, fold, train, validation, test)``; the last three are row numbers.
        Empty under the published protocol, where each arm has rows of its own; those tested on are
        in `predictions_`.
    seed_ : int
        What `random_state` gave: as `random_state` it repeats the study.
    groups_ : ndarray of int of shape (n_images,)
        The groups, numbered; without any, each image is one. Groups that hold near-duplicates of
        each other are one here: there are as many as there are independent images.
    siblings_ : DataFrame
        Pairs of near-duplicates, columns "row" and "other_row" (of X), of which one is tested on
        and the other trained on in some split. Found by the correlation of thumbnails, in any flip
        or quarter turn; other turns and shifts are not found. Images of 8 x 8 pixels or less, as
        those of digits, can be as alike without being copies. Without an `image_shape_`, of rows
        that are equal. Under the published protocol, all pairs.
    image_shape_ : tuple of int or None
        ``(height, width, channels)``: of X, or, if that is flat, the `image_shape` of a model or
        sampler; None if it is not known.
    majority_rate_ : float
        Share of the most frequent class in the real test images of all splits: the accuracy of a
        constant guess.
    results_ : DataFrame
        Columns "arm", "model", "repeat", "fold", "split", "metric", "value". Splits are "train"
        (real images only), "validation", "test" and "fit"; the last holds counts, seconds and the
        most memory that the process had had by then. The published protocol adds "test_real" and
        "test_synthetic". Balanced accuracy and macro-F1 of a split that tests no image of some
        class are NaN. The metric "sampler_seconds" stands with the first fit that needed the
        sampler: of each split, or, under the published protocol, of all. It holds the samplers in
        the folds of `param_grid`, too; "classifier_seconds" holds the fits of all candidates.
    predictions_ : DataFrame
        Of the test images: columns "arm", "model", "repeat", "fold", "row" (of X, or beyond its
        end), "synthetic", "true", "predicted" and, for each class, its probability,
        "proba_<class>".
    failures_ : DataFrame
        Columns "arm", "model", "repeat", "fold", "traceback"; empty if all went well.
    reports_ : dict of (str, str) to dict
        By arm and model, scikit-learn's classification report of the test images of all splits.
    confusion_matrices_ : dict of (str, str) to ndarray of shape (n_classes, n_classes)
        By arm and model, of the test images of all splits; true classes are rows.
    histories_ : dict of (str, str, int, int) to dict of list of float
        By arm, model, repeat and fold, the curves of the training.
    best_epochs_ : dict of (str, str, int, int) to int
        By the same, the epoch of which the weights were kept, counted from 0.
    best_params_ : dict of (str, str, int, int) to dict
        By the same, what the search in `param_grid` chose.
    sampler_seconds_ : dict of str to float
        What the training of an arm's sampler took, in all splits and in the folds of
        `param_grid`, also if it was found in `memory`; by the first arm that has it.
    fallback_ : dict of str to dict
        By the first arm of a sampler, for each class of which the synthetic images are not the
        GAN's in some split, why.
    fallback_counts_ : dict of str to dict
        By the same, for each such class, in how many splits.
    real_ : tuple of (ndarray, ndarray)
        The first 6 training images of each class, 4-D, and their classes, of the first split.
    synthetic_ : dict of str to tuple of (ndarray, ndarray)
        By the first arm of a sampler, the first 6 synthetic images of each class that were trained
        on, of the first split in which not every fit with it failed.
    nearest_ : dict of str to NearestRealDisplay
        By the same arm, these synthetic images and the image nearest to each among those that their
        sampler was trained on, as transformers before it gave them; `plot` draws them. Classes of
        which it was trained on a single image are left out, and so is an arm without any other.
    n_features_in_ : int
        ``height * width * channels``.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Column names, where X is a DataFrame with string names.

    See Also
    --------
    ablation_arms : What can be compared.
    ablation_pipelines : The pipelines that are evaluated.
    compare_protocols : An honest study and a replay of the published one, side by side.

    References
    ----------
    .. [1] A. Sangal and H. Krishnan, "Enhancing White Blood Cell Classification through
       GAN-based Data Augmentation", ECE 176, University of California San Diego.

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
        "arms": [dict, None],
        "protocol": [StrOptions({HONEST, PUBLISHED})],
        "gan": [HasMethods("fit_resample"), None],
        "samples_per_class": [Interval(Integral, 1, None, closed="left"), None],
        "cv": ["cv_object"],
        "n_repeats": [Interval(Integral, 1, None, closed="left")],
        "test_size": [Interval(Real, 0, 1, closed="neither")],
        "validation_size": [Interval(Real, 0, 1, closed="neither")],
        "budget": [StrOptions({"steps", "epochs"})],
        "param_grid": [dict, None],
        "folder": [str, os.PathLike, None],
        "resume": ["boolean", StrOptions({ONLY})],
        "memory": [str, HasMethods("cache"), None],
        "n_jobs": [Integral, None],
        "error_score": [StrOptions({"raise"}), Real, "nan"],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        models: dict[str, Any] | None = None,
        arms: dict[str, Any] | None = None,
        *,
        protocol: str = HONEST,
        gan: Any = None,
        samples_per_class: int | None = 300,
        cv: Any = None,
        n_repeats: int = 1,
        test_size: float = 0.15,
        validation_size: float = 0.15,
        budget: str = "steps",
        param_grid: dict[str, Any] | None = None,
        folder: PathLike | None = None,
        resume: bool | str = True,
        memory: str | joblib.Memory | None = None,
        n_jobs: int | None = None,
        error_score: float | str = math.nan,
        random_state: Seed = 0,
        verbose: int = 0,
    ) -> None:
        self.models = models
        self.arms = arms
        self.protocol = protocol
        self.gan = gan
        self.samples_per_class = samples_per_class
        self.cv = cv
        self.n_repeats = n_repeats
        self.test_size = test_size
        self.validation_size = validation_size
        self.budget = budget
        self.param_grid = param_grid
        self.folder = folder
        self.resume = resume
        self.memory = memory
        self.n_jobs = n_jobs
        self.error_score = error_score
        self.random_state = random_state
        self.verbose = verbose

    @with_callbacks
    @_fit_context(prefer_skip_nested_validation=False)
    def fit(self, X: ArrayLike, y: Any, groups: ArrayLike | None = None) -> Self:
        """Train and test every model in every arm, on every split.

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
            class with fewer than 4 images; if the groups leave a part of a split without
            images of a class; if `cv` gives a split with a group on both sides, rows that are not
            there, or a test set twice; if a value of groups is missing; if `models` or `arms` is
            empty, or `param_grid` names no model or, before any training, no parameter of it or one
            that an arm sets; if a parameter of a model or sampler has a value that it refuses, or a
            sampler can't be pickled; if there is a `folder` and no `random_state`, or a setting
            that can't be pickled; if `cv` is given under the published protocol; with
            ``resume="only"``, if `folder` lacks a fit; unless ``resume=False``, if the fits in
            `folder` were made of other images or classes; in the end, if all fits failed.
        TypeError
            If a grid of `param_grid` is none, or has no list of values.
        OSError
            Before any training, if `folder` can't be written to or locked, its disk is too full, or
            another study is at work in it.

        Warns
        -----
        UserWarning
            If near-duplicates are on both sides of a split; see `siblings_`. If a fit in `folder`
            can't be read and is done again, or the file system knows no locks.
        DataConversionWarning
            If y is one column, which is then taken as a list.
        """
        X, y, splits, seed = self._prepare(X, y, groups)
        self._keep(self._run(X, y, splits, seed), X, y)
        return self

    def _prepare(self, X, y, groups):
        """Check all that can be checked before any training, and split the images.

        Returns
        -------
        X, y : array-like
            Images and classes.
        splits : list of Split
        seed : int
            Of the fits.
        """
        # files are read once here, not for each fit and each look at all images
        X = np.asarray(X) if isinstance(X, LazyImages) else use_numpy_dtype(X)
        validate_data(self, flatten_images(X), y, ensure_min_features=2)
        y = np.asarray(y).reshape(-1)  # of one column, of which a warning has told by now
        X, y, groups = indexable(X, y, groups)
        groups = np.arange(len(y)) if groups is None else check_groups(groups)
        check_classification_targets(y)
        self.classes_, self.class_counts_ = np.unique(y, return_counts=True)
        check_counts(self.classes_, self.class_counts_)
        check_seed(self.random_state, self.folder)
        self._copy_parts()
        self.seed_ = draw_seed(self.random_state)
        seeds = seed_stream(self.seed_)
        splits = self._list_splits(y, groups, next(seeds))
        self.splits_ = splits if self.protocol == HONEST else []
        self._find_siblings(X, groups)
        return X, y, splits, next(seeds)

    def _list_splits(self, y, groups, seed):
        settings = {
            "n_repeats": self.n_repeats,
            "test_size": self.test_size,
            "validation_size": self.validation_size,
            "seed": seed,
        }
        if self.protocol == HONEST:
            return list_splits(y, groups, cv=self.cv, **settings)
        if self.cv is not None:
            raise ValueError(
                "The published protocol has random splits only; expected cv=None, received "
                f"{self.cv!r}. More of them: n_repeats."
            )
        return list_mixed_splits(**settings)

    def _find_siblings(self, X, groups):
        """Find near-duplicates, and warn of those that a split tears apart."""
        X = np.asarray(X)
        self.image_shape_ = choose_image_shape(X, self.models_, self.arms_)
        pairs = find_siblings(flatten_images(X), self.image_shape_)
        self.groups_ = merge_groups(groups, pairs)
        leaks = list_leaks(pairs, self.splits_) if self.protocol == HONEST else pairs
        self.siblings_ = pd.DataFrame(leaks, columns=["row", "other_row"])
        if len(leaks) and self.protocol == HONEST:
            warnings.warn(self._tell_leaks(leaks), UserWarning, stacklevel=find_stacklevel())

    def _tell_leaks(self, leaks):
        """Say which near-duplicates were found; the command line names files instead of rows."""
        return (
            f"{describe_leaks(leaks)} Leave copies out, or fit with groups=study.groups_, which "
            "holds such images together."
        )

    def _copy_parts(self):
        """Copy models and arms, or take the published ones."""
        models = self.models
        if models is None:
            models = {"CNN": CNNClassifier(), "CNN-RNN": CNNRNNClassifier()}
        arms = self.arms
        if arms is None:
            gan = self.gan
            if gan is None and self.protocol == PUBLISHED:
                gan = VanillaGANOverSampler()
            arms = published_arms(gan=gan, samples_per_class=self.samples_per_class)
        check_names(models, arms, self.param_grid)
        self.models_ = {name: clone(model) for name, model in models.items()}
        self.arms_ = {name: dict(arm) for name, arm in arms.items()}
        if self.resume != ONLY:  # fits that failed for that reason can be read still
            check_grids(self.models_, self.arms_, self.param_grid)
            check_parameters(self.models_, self.arms_)
            check_samplers(self.arms_)
            if self.folder is not None:
                check_hashes(self.models_, self.arms_, self.param_grid)
