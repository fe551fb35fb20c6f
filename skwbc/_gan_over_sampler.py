"""Over-sampling by one GAN that all classes share."""

import time
import warnings
from numbers import Integral, Real
from typing import Any, Self

import numpy as np
import pandas as pd
from imblearn.utils import check_target_type
from numpy.typing import ArrayLike
from sklearn.utils._param_validation import Interval, StrOptions

from skwbc._class_filler import ClassFiller
from skwbc._conditional_training import N_ATTEMPTS, ConditionalTraining
from skwbc._filters import read_filters
from skwbc._fit_tasks import FitTasks
from skwbc._game_state import save_game
from skwbc._gan_base import AFTER_CTRL_C, GANOverSamplerBase
from skwbc._gan_training import plan_epochs
from skwbc._histories import join_histories
from skwbc._image_over_sampler import cap_ratio
from skwbc._images import PixelRange
from skwbc._lazy_images import view_images
from skwbc._own_names import own_names
from skwbc._seeding import draw_seed, seed_stream
from skwbc._stacklevel import find_stacklevel
from skwbc._synthetic_quality import FIGURES
from skwbc._synthetic_sources import COPIES, GAN, INTERPOLATION, SyntheticSources
from skwbc._types import Filters, ImageShape, SamplingStrategy, Seed

STAND_INS = {
    INTERPOLATION: "interpolation between its images",
    COPIES: "flipped and turned copies of its images",
}
MOST_CLASSES = 100  # more are names of files or measurements, not classes


class GANOverSampler(GANOverSamplerBase):
    """Over-sample with images from one class-conditional GAN, made for few images and a CPU.

    The classes share one generator, which they condition [7]_, and one discriminator, so that a
    class of twenty images profits from the hundreds of the others. The game is R3GAN's [1]_
    (relativistic pairs, here of one class, with gradient penalties), behind differentiable
    augmentation [2]_ of a strength that adapts [3]_; the class enters the game late [4]_, and the
    discriminator learns the classes of the real images too [5]_. The images are drawn from the
    moving average of the generator's weights, at the last moment that can't be told from the best:
    that at which images drawn from it were nearest to real ones that were held out.

    Real images are shown in any pose, mirrored and turned by quarters, or by halves if they are not
    square, so that drawn ones have any pose, too; classes are shown in proportion to the square
    roots of their sizes.

    What it draws is compared with the training images, and near-copies of those and of each other
    are left out. A class too small for a GAN, or one whose images are too much alike, is filled by
    interpolation between the codes of its images [6]_; where that fails too, by flipped and turned
    copies; so is one of which the GAN draws noise, after too short a training. A warning tells so,
    and why.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        As in imbalanced-learn: "auto" and "not majority" bring every other class to the size of
        the largest; a dict gives totals per class, originals included; a float is the ratio of
        minority to majority of two classes. The GAN is trained on all classes of `min_class_size`
        images or more in any case.
    max_images : int, default=64000
        Real images that the discriminator sees in all, repeats counted: the length of the
        training, whatever the size of the set.
    max_seconds : float, default=None
        Seconds after which the training ends before its time; that of an interpolation, for classes
        which the GAN can't fill, takes a quarter more at most. Where that happens, the same seed
        no longer gives the same images. It is a safety belt: the schedules of the training are laid
        out for `max_images`, so set that to what fits the time.
    batch_size : int, default=16
        Real images a step.
    latent_dim : int, default=64
        Length of the noise vector.
    generator_filters : sequence of int, default=(128, 96, 64)
        Channels behind each doubling of the generator's map but the last.
    discriminator_filters : sequence of int, default=(32, 64, 128, 192)
        Channels behind each halving of the discriminator's map.
    learning_rate : float, default=4e-4
        Of Adam, for both networks.
    penalty : tuple of (float, float), default=(1.1, 0.1)
        Weight of the gradient penalties at the beginning and at the end.
    penalty_interval : int, default=4
        The penalties are computed every so many steps.
    augmentation_probability : float or "adaptive", default="adaptive"
        Probability with which real and generated images are shifted or holed before the
        discriminator sees them, in [0, 1]. "adaptive" raises it, up to 0.9, while the
        discriminator tells more than 70 % of the pairs, and lowers it otherwise.
    averaging_images : int, default=2000
        Half-life of the moving average of the generator's weights, in images seen; shorter at the
        beginning.
    validation_fraction : float, default=0.1
        Share of each class that is held out to choose the best moment, in [0, 1). 0 takes the last
        moment, as is done where fewer than 8 images would be held out.
    min_class_size : int, default=10
        Classes of fewer images are left out of the GAN.
    max_ratio : float, default=None
        The most synthetic images of a class, as a multiple of its real ones. A class that would
        need more stays smaller than `sampling_strategy` asks for.
    copy_quantile : float, default=0.01
        Generated images that are nearer to a real image, or to each other, than this quantile of
        the distances from each real image to its nearest other one are left out, in any pose
        (eight of square images, four of others); in [0, 1). 0 lets all pass. Of more than 2,000
        real images, the quantile is that of a sample, and more than 2,000 of a class are judged by
        one.
    min_diversity : float, default=0.3
        A class whose generated images lie closer together than this multiple of the distance among
        its real ones has collapsed; in [0, 1). 0 lets all pass. So has one of which fewer than a
        quarter pass `copy_quantile`, whatever this is.
    max_distance : float, default=1.0
        A class whose images are farther from its real ones than this multiple of the distance of
        the farthest other class (or of 1, where classes are nearer than that) is noise: the
        training was too short, or failed. It is the kernel distance of image statistics, of which
        `report_` has the interval; its lower end counts. None lets all pass.
    warm_start : bool, default=False
        Go on from the networks and optimisers of the fit before, for `max_images` more. They are
        kept by a fit with ``warm_start=True`` alone: after any other, the next begins anew.
    dtype : {"auto", "float32", "mixed_bfloat16"}, default="auto"
        Arithmetic of the networks. "auto" is "mixed_bfloat16" where Linux tells of a processor that
        has it.
    image_shape : tuple of int, default=None
        ``(height, width[, channels])`` of the images in a flat X. By default read from a 4-D or
        3-D X, while each row of a 2-D X is an image of one line.
    random_state : int, RandomState instance or None, default=None
        Of the hold-out, the initial weights, draws and noise.
    verbose : int, default=0
        1 shows a bar with the present distance on standard error, if that is a terminal.

    Attributes
    ----------
    sampling_strategy_ : dict
        Rows made for each class.
    classes_ : ndarray of shape (n_classes,)
        The classes of which `sample` can draw.
    generator_ : keras.Model or None
        [(n, latent_dim), (n, n_classes)] -> (n, height, width, channels) in [-1, 1], of the
        classes with `min_class_size` images or more; None if there are none or it diverged.
    fallback_ : dict
        Why a class was not filled by the GAN, for each such class.
    report_ : DataFrame
        A row for each class that was filled: the "source" of its images; counts of real images, of
        synthetic ones, of those drawn for them and of near-copies and near-twins among these, which
        are left out unless the source is "copies"; "diversity" as a multiple of that of the real
        images; the median "nearest_real_ratio" (1 is as far from the nearest real image as real
        images are from each other, 0 a copy); the "kernel_distance" of image statistics to the real
        images of the class, with the ends of its 95 % interval and the floor of real images; and
        the "closest_class" of real images by that distance. There are no distances of classes with
        fewer than 4 images, real or synthetic, or with real ones that are all the same.
    provenance_ : ndarray of shape (n_rows,)
        "original", "GAN", "interpolation" or "copies" for each row that was returned.
    synthetic_mask_ : ndarray of shape (n_rows,)
        True for each row returned that is synthetic.
    history_ : dict of list of float
        "generator_loss" and "discriminator_loss", share of pairs "won" by the discriminator, and
        probability of "augmentation": means over equal parts of the training; and the
        "distance" to held-out images after each part. Losses do not tell good images: look at
        those.
    n_images_seen_ : int
        Real images that the discriminator saw.
    interrupted_ : bool
        Whether Ctrl-C ended the training.
    image_shape_ : tuple of int
        ``(height, width, channels)``.
    pixel_range_ : PixelRange
        Values that are scaled to -1 and 1.
    n_features_in_ : int
        ``height * width * channels``.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Column names, where X is a DataFrame with string names.

    See Also
    --------
    VanillaGANOverSampler : The published method, one GAN for each class.
    AugmentationOverSampler : Changed copies, the bar that a GAN has to beat.

    Notes
    -----
    It is made for 2 to 20 classes; more than 100 are refused with a ValueError.

    `sample` draws from the same source as `fit_resample` filled the class from, and leaves nothing
    out: compare with :func:`skwbc.metrics.near_copies`.

    `max_distance` finds noise, and no more: a GAN can pass it and still be far from good. Look at
    "kernel_distance" in `report_`, and at the images.

    References
    ----------
    .. [1] N. Huang et al., "The GAN is dead; long live the GAN! A Modern GAN Baseline",
       NeurIPS 2024.
    .. [2] S. Zhao et al., "Differentiable Augmentation for Data-Efficient GAN Training",
       NeurIPS 2020.
    .. [3] T. Karras et al., "Training Generative Adversarial Networks with Limited Data",
       NeurIPS 2020.
    .. [4] M. Shahbazi et al., "Collapse by Conditioning: Training Class-conditional GANs with
       Limited Data", ICLR 2022.
    .. [5] A. Odena, C. Olah and J. Shlens, "Conditional Image Synthesis with Auxiliary Classifier
       GANs", ICML 2017.
    .. [6] D. Dablain, B. Krawczyk and N. V. Chawla, "DeepSMOTE: Fusing Deep Learning and SMOTE for
       Imbalanced Data", IEEE Transactions on Neural Networks and Learning Systems, 2023.
    .. [7] E. Perez et al., "FiLM: Visual Reasoning with a General Conditioning Layer", AAAI 2018.

    Examples
    --------
    Far too short a training, to show the shapes; what it draws is not judged:

    >>> from skwbc import GANOverSampler
    >>> from skwbc.datasets import make_blood_cells
    >>> cells = make_blood_cells(
    ...     60, weights=(1, 1, 2, 2), image_shape=(16, 16, 3), random_state=0
    ... )
    >>> sampler = GANOverSampler(
    ...     sampling_strategy="all",
    ...     max_images=32,
    ...     copy_quantile=0,
    ...     min_diversity=0,
    ...     max_distance=None,
    ...     random_state=0,
    ... )
    >>> images, target = sampler.fit_resample(cells.images, cells.target)
    >>> images.shape, images.dtype.name, len(target)
    ((80, 16, 16, 3), 'uint8', 80)
    >>> sampler.sample(2, y=3, random_state=0).shape
    (2, 16, 16, 3)
    """

    _parameter_constraints = {  # noqa: RUF012
        **GANOverSamplerBase._parameter_constraints,
        "penalty": [tuple, list],
        "penalty_interval": [Interval(Integral, 1, None, closed="left")],
        "augmentation_probability": [Interval(Real, 0, 1, closed="both"), StrOptions({"adaptive"})],
        "averaging_images": [Interval(Integral, 1, None, closed="left")],
        "validation_fraction": [Interval(Real, 0, 1, closed="left")],
        "min_class_size": [Interval(Integral, 2, None, closed="left")],
        "max_ratio": [Interval(Real, 0, None, closed="neither"), None],
        "copy_quantile": [Interval(Real, 0, 1, closed="left")],
        "min_diversity": [Interval(Real, 0, 1, closed="left")],
        "max_distance": [Interval(Real, 0, None, closed="neither"), None],
        "warm_start": ["boolean"],
    }

    def __init__(
        self,
        *,
        sampling_strategy: SamplingStrategy = "auto",
        max_images: int = 64_000,
        max_seconds: float | None = None,
        batch_size: int = 16,
        latent_dim: int = 64,
        generator_filters: Filters = (128, 96, 64),
        discriminator_filters: Filters = (32, 64, 128, 192),
        learning_rate: float = 4e-4,
        penalty: tuple[float, float] = (1.1, 0.1),
        penalty_interval: int = 4,
        augmentation_probability: float | str = "adaptive",
        averaging_images: int = 2_000,
        validation_fraction: float = 0.1,
        min_class_size: int = 10,
        max_ratio: float | None = None,
        copy_quantile: float = 0.01,
        min_diversity: float = 0.3,
        max_distance: float | None = 1.0,
        warm_start: bool = False,
        dtype: str = "auto",
        image_shape: ImageShape | None = None,
        random_state: Seed = None,
        verbose: int = 0,
    ) -> None:
        super().__init__(sampling_strategy=sampling_strategy)
        self.max_images = max_images
        self.max_seconds = max_seconds
        self.batch_size = batch_size
        self.latent_dim = latent_dim
        self.generator_filters = generator_filters
        self.discriminator_filters = discriminator_filters
        self.learning_rate = learning_rate
        self.penalty = penalty
        self.penalty_interval = penalty_interval
        self.augmentation_probability = augmentation_probability
        self.averaging_images = averaging_images
        self.validation_fraction = validation_fraction
        self.min_class_size = min_class_size
        self.max_ratio = max_ratio
        self.copy_quantile = copy_quantile
        self.min_diversity = min_diversity
        self.max_distance = max_distance
        self.warm_start = warm_start
        self.dtype = dtype
        self.image_shape = image_shape
        self.random_state = random_state
        self.verbose = verbose

    sampling_strategy_: dict[Any, int]

    def fit(self, X: ArrayLike, y: Any, **params) -> Self:
        # the docstring is the parent's
        super().fit(X, y, **params)
        y, _ = check_target_type(y, indicate_one_vs_all=True)
        self.sampling_strategy_ = cap_ratio(self.sampling_strategy_, y, self.max_ratio)
        return self

    fit.__doc__ = GANOverSamplerBase.fit.__doc__

    def _fit_resample(self, X, y, **shapes):
        self.sampling_strategy_ = cap_ratio(self.sampling_strategy_, y, self.max_ratio)
        return super()._fit_resample(X, y, **shapes)

    def _check_networks(self):
        super()._check_networks()
        if len(self.penalty) != 2 or not all(isinstance(w, Real) and w >= 0 for w in self.penalty):
            raise ValueError(
                f"Expected penalty as two numbers from 0, the first and the last weight; received "
                f"{self.penalty!r}."
            )

    def _count_tasks(self, needed):
        return plan_epochs(self.max_images, self.batch_size)[0]

    @own_names()
    def _generate(self, X, y, needed, context):
        self._check_networks()
        goes_on = self.warm_start and hasattr(self, "_game_state")
        classes, counts = np.unique(y, return_counts=True)
        if len(classes) > MOST_CLASSES:
            raise ValueError(
                f"Expected at most {MOST_CLASSES} classes, received {len(classes)} in "
                f"{len(y)} images. Is y the class of each image, and not its name or a measurement?"
            )
        gan_classes = classes[counts >= self.min_class_size]
        if goes_on:
            self._check_same_task(gan_classes, X)
        else:
            self._begin(X)
        seeds = seed_stream((self._seed, self.n_images_seen_))
        sources = SyntheticSources(self.image_shape_, self.pixel_range_, X.dtype)
        sources.gan_classes = gan_classes
        start, fault = time.monotonic(), None
        if len(gan_classes):
            tasks = FitTasks(context, "part", estimator=self, X=X, y=y)
            fault = self._train(X, y, sources, next(seeds), tasks, goes_on)
        self._sources = sources
        if fault is None:
            self._sources.chosen = dict.fromkeys(gan_classes.tolist(), GAN)
        self.classes_ = gan_classes[: len(self._sources.chosen)]  # if filling is interrupted
        rows = self._fill(X, y, needed, fault, seeds, time.monotonic() - start)
        self.classes_ = np.array(sorted(self._sources.chosen), dtype=y.dtype)
        return rows

    def _begin(self, X):
        """Forget any training before."""
        self._seed = draw_seed(self.random_state)
        self.pixel_range_ = PixelRange.of(X)
        self.history_, self.n_images_seen_, self.interrupted_ = {}, 0, False
        self.generator_ = None
        vars(self).pop("_game_state", None)

    def _check_same_task(self, gan_classes, X):
        """Refuse to go on with other classes, another scale or other networks."""
        self.pixel_range_.check(X)
        received = self._network_settings()
        before = getattr(self, "_game_settings", received)  # not in files of early versions
        if received != before:
            raise ValueError(
                "A warm start goes on with the networks of the fit before, of (image_shape, "
                f"latent_dim, generator_filters, discriminator_filters) {before}; received "
                f"{received}. Set warm_start=False to begin anew."
            )
        if not np.array_equal(gan_classes, self._sources.gan_classes):
            raise ValueError(
                f"A warm start goes on with classes {self._sources.gan_classes.tolist()}; received "
                f"{gan_classes.tolist()}. Set warm_start=False to begin anew."
            )

    def _network_settings(self):
        """Give what the networks are built by."""
        filters = self.generator_filters, self.discriminator_filters
        return self.image_shape_, int(self.latent_dim), *map(read_filters, filters)

    def _train(self, X, y, sources, seed, tasks, goes_on):
        """Train on the classes that are large enough; say what went wrong, if anything did."""
        classes = sources.gan_classes
        large = np.isin(y, classes)
        training = ConditionalTraining(
            self,
            view_images(X)[large],
            np.searchsorted(classes, y[large]),
            hold_out_seed=self._seed,
        )
        state = self._game_state if goes_on else None
        model, best, log = training.run(seed, state=state, callbacks=[tasks])
        self.interrupted_ = log.interrupted
        if model is not None:
            self._record(model, best, log)
            sources.generator = self.generator_
            return None
        if not goes_on:
            return f"its training diverged {N_ATTEMPTS} times"
        sources.generator = self.generator_
        warnings.warn(
            f"Training diverged {N_ATTEMPTS} times. The generator of the fit before is kept.",
            stacklevel=find_stacklevel(),
        )
        return None

    def _record(self, model, best, log):
        """Keep the averaged generator of the best moment, and add this training to those before."""
        if self.warm_start:  # what goes on is the last moment
            self._game_state, self._game_settings = save_game(model), self._network_settings()
        if best is not None:
            best.restore(model.averaged)
        self.generator_ = model.averaged
        self.history_ = join_histories(self.history_, log.history)
        self.n_images_seen_ += log.n_images_seen
        if log.interrupted:
            warnings.warn(
                f"The training of the GAN was interrupted after {log.n_images_seen} of "
                f"{self.max_images} images. The best generator so far is kept. {AFTER_CTRL_C}",
                stacklevel=find_stacklevel(),
            )

    def _fill(self, X, y, needed, gan_fault, seeds, seconds_spent):
        """Draw what each class needs from the best source that stands the test."""
        filler = ClassFiller.of_sampler(
            self,
            X,
            y,
            self._sources,
            gan_fault=gan_fault,
            seed=next(seeds),
            seconds_spent=seconds_spent,
        )
        rng = np.random.default_rng(next(seeds))
        rows = [filler.fill(c, n, rng) for c, n in needed.items()]
        self.interrupted_ = filler.interrupted
        self.fallback_ = filler.reasons
        self.report_ = pd.DataFrame(
            [*filler.report.values()], index=[*filler.report], columns=["source", *FIGURES]
        )
        sources = [filler.report[c]["source"] for c in needed]
        self.provenance_ = np.repeat(["original", *sources], [len(X), *needed.values()])
        for c, reason in self.fallback_.items():
            warnings.warn(
                f"Class {c} was filled by {STAND_INS[filler.report[c]['source']]}: {reason}.",
                stacklevel=find_stacklevel(),
            )
        return rows

    def _draw_rows(self, c, n, rng):
        return self._sources.draw(c, n, rng)
