"""Over-sampling by the published GANs, one for each class."""

import warnings
from numbers import Integral, Real

import keras
import numpy as np
from sklearn.utils._param_validation import Interval

from skwbc._adversarial import VanillaAdversarialModel
from skwbc._dtype_policy import resolve_dtype
from skwbc._filters import read_filters
from skwbc._fit_tasks import FitTasks
from skwbc._gan_base import AFTER_CTRL_C, GANOverSamplerBase
from skwbc._gan_batches import GANBatches
from skwbc._gan_training import draw_images, plan_epochs, train_adversarial
from skwbc._images import PixelRange, as_images, normalise_image_shape
from skwbc._optimizers import FusedAdam
from skwbc._own_names import own_names
from skwbc._seeding import draw_seed, seed_stream
from skwbc._stacklevel import find_stacklevel
from skwbc._types import Filters, ImageShape, SamplingStrategy, Seed
from skwbc.networks._vanilla_gan import build_vanilla_discriminator, build_vanilla_generator


class VanillaGANOverSampler(GANOverSamplerBase):
    """Over-sample with one unconditional GAN for each class, the published method.

    Each GAN learns from the images of its class alone; with a few dozen of them it tends to copy
    or to collapse. It is here to replay the study [1]_ and to be compared with.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        As in imbalanced-learn: "auto" and "not majority" bring every other class to the size of
        the largest; a dict gives totals per class, originals included; a float is the ratio of
        minority to majority of two classes. A GAN is trained for each class that needs rows.
    max_images : int, default=6400
        Real images that each discriminator sees in all, repeats counted: the length of each
        training. At 60x80 the default takes minutes for each class on two cores.
    epochs : int, default=None
        Passes over the images of a class, as published: 700. Goes before `max_images`.
    max_seconds : float, default=None
        Seconds of training in all, an equal part for each GAN, after which it ends before its
        time. Where that happens, the same seed no longer gives the same images.
    batch_size : int, default=32
        Real images a step, drawn with replacement.
    latent_dim : int, default=100
        Length of the noise vector.
    generator_filters : sequence of int, default=(128, 256, 128)
        Channels of the generator's first map, then of each convolution behind a doubling.
    discriminator_filters : sequence of int, default=(32, 64, 128, 256)
        Channels of each convolution of the discriminator.
    dropout : float, default=0.25
        Dropout rate of the discriminator, in [0, 1).
    learning_rate : float, default=1e-4
        Of Adam, for both networks.
    train_shape : tuple of 2 int, default=None
        ``(height, width)`` at which the GANs work, as published: ``(256, 256)``; images are resized
        to it, and those made are resized back. By default that of the images.
    dtype : {"auto", "float32", "mixed_bfloat16"}, default="auto"
        Arithmetic of the networks. "auto" is "mixed_bfloat16" where Linux tells of a processor that
        has it.
    image_shape : tuple of int, default=None
        ``(height, width[, channels])`` of the images in a flat X. By default read from a 4-D or
        3-D X, while each row of a 2-D X is an image of one line.
    random_state : int, RandomState instance or None, default=None
        Of the initial weights, draws and noise.
    verbose : int, default=0
        1 shows a bar for each class on standard error, if that is a terminal.

    Attributes
    ----------
    sampling_strategy_ : dict
        Rows made for each class.
    classes_ : ndarray of shape (n_trained_classes,)
        The classes for which a GAN was trained.
    generators_ : dict of class to keras.Model
        (n, latent_dim) -> (n, height, width, channels) in [-1, 1], of `train_shape`.
    synthetic_mask_ : ndarray of shape (n_rows,)
        True for each row returned that is synthetic.
    history_ : dict of class to dict of list of float
        "generator_loss" and "discriminator_loss", means over equal parts of each training.
    n_images_seen_ : dict of class to int
        Real images that each discriminator saw.
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
    GANOverSampler : One GAN that all classes share.

    References
    ----------
    .. [1] A. Sangal and H. Krishnan, "Enhancing White Blood Cell Classification through
       GAN-based Data Augmentation", ECE 176, University of California San Diego.

    Examples
    --------
    Far too short a training, to show the shapes:

    >>> from skwbc import VanillaGANOverSampler
    >>> from skwbc.datasets import make_blood_cells
    >>> cells = make_blood_cells(24, image_shape=(8, 8, 3), random_state=0)
    >>> sampler = VanillaGANOverSampler(
    ...     sampling_strategy={0: 8}, max_images=32, generator_filters=(4, 4), random_state=0
    ... )
    >>> images, target = sampler.fit_resample(cells.images, cells.target)
    >>> images.shape, sampler.classes_.tolist()
    ((26, 8, 8, 3), [0])
    """

    _parameter_constraints = {  # noqa: RUF012
        **GANOverSamplerBase._parameter_constraints,
        "epochs": [Interval(Integral, 1, None, closed="left"), None],
        "train_shape": ["array-like", None],
        "dropout": [Interval(Real, 0, 1, closed="left")],
    }

    def __init__(
        self,
        *,
        sampling_strategy: SamplingStrategy = "auto",
        max_images: int = 6_400,
        epochs: int | None = None,
        max_seconds: float | None = None,
        batch_size: int = 32,
        latent_dim: int = 100,
        generator_filters: Filters = (128, 256, 128),
        discriminator_filters: Filters = (32, 64, 128, 256),
        dropout: float = 0.25,
        learning_rate: float = 1e-4,
        train_shape: tuple[int, int] | None = None,
        dtype: str = "auto",
        image_shape: ImageShape | None = None,
        random_state: Seed = None,
        verbose: int = 0,
    ) -> None:
        super().__init__(sampling_strategy=sampling_strategy)
        self.max_images = max_images
        self.epochs = epochs
        self.max_seconds = max_seconds
        self.batch_size = batch_size
        self.latent_dim = latent_dim
        self.generator_filters = generator_filters
        self.discriminator_filters = discriminator_filters
        self.dropout = dropout
        self.learning_rate = learning_rate
        self.train_shape = train_shape
        self.dtype = dtype
        self.image_shape = image_shape
        self.random_state = random_state
        self.verbose = verbose

    def _check_networks(self):
        super()._check_networks()
        shape = (1, 1) if self.train_shape is None else self.train_shape
        if len(shape) != 2 or not all(isinstance(n, Integral) and n > 0 for n in shape):
            raise ValueError(
                "Expected train_shape as (height, width), both positive integers, received "
                f"{shape!r}."
            )

    def _count_tasks(self, needed):
        return len(needed)

    @own_names()
    def _generate(self, X, y, needed, context):
        self._check_networks()
        _refuse_single_images(y, needed)
        seeds = seed_stream(draw_seed(self.random_state))
        height, width, channels = self.image_shape_
        size = (height, width) if self.train_shape is None else self.train_shape
        self._gan_shape = normalise_image_shape((*size, channels))
        self._drawn_shape = self.image_shape_  # a later `fit` may name another one
        self.pixel_range_, self._dtype = PixelRange.of(X), X.dtype
        self._train(X, y, needed, seeds, context)
        rng = np.random.default_rng(next(seeds))
        return [self._draw_rows(c, n, rng) for c, n in needed.items()]

    def _train(self, X, y, needed, seeds, context):
        classes = np.array(list(needed), dtype=y.dtype)
        self.classes_ = classes[:0]
        self.generators_, self.history_, self.n_images_seen_ = {}, {}, {}
        self.interrupted_ = False
        for c in needed:
            n_parts, _ = plan_epochs(self._count_images(np.sum(y == c)), self.batch_size)
            facts = {"estimator": self, "X": X[y == c], "y": y[y == c]}
            task = context.subcontext(task_name=f"GAN of {c}", max_subtasks=n_parts)
            task.call_on_fit_task_begin(**facts)
            seconds = None if self.max_seconds is None else self.max_seconds / len(needed)
            log = self._train_one(c, X[y == c], seeds, seconds, FitTasks(task, "part", **facts))
            self.classes_ = classes[: len(self.generators_)]
            if log.diverged:
                raise FloatingPointError(
                    f"The GAN diverged: it learns NaN for class {c!r}. Lower learning_rate."
                )
            if log.interrupted:
                self._end_early(c, log, len(needed))
            task.call_on_fit_task_end(**facts)

    def _count_images(self, n_real):
        return self.max_images if self.epochs is None else self.epochs * int(n_real)

    def _train_one(self, c, X, seeds, max_seconds, tasks):
        n_images = self._count_images(len(X))
        X = resize_images(as_images(X, self.image_shape_), self._gan_shape).reshape(len(X), -1)
        model = self._build_model(seeds)
        batches_seed = next(seeds)
        log = train_adversarial(
            model,
            lambda n_steps: GANBatches(
                X,
                self._gan_shape,
                np.zeros(len(X), dtype=int),
                self.pixel_range_,
                batch_size=self.batch_size,
                n_steps=n_steps,
                seed=batches_seed,
                one_hot=False,
                poses=False,
            ),
            max_images=n_images,
            max_seconds=max_seconds,
            batch_size=self.batch_size,
            verbose=self.verbose,
            description=f"GAN of {c}",
            callbacks=[tasks],
        )
        self.history_[c], self.n_images_seen_[c] = log.history, log.n_images_seen
        self.generators_[c] = model.generator
        return log

    def _end_early(self, c, log, n_needed):
        """Keep the last GAN as it is; if other classes have none yet, end the fit."""
        self.interrupted_ = True
        if len(self.generators_) < n_needed:
            raise KeyboardInterrupt
        warnings.warn(
            f"The training of the GAN was interrupted after {log.n_images_seen} images of class "
            f"{c}, the last. Its generator is kept as it is. {AFTER_CTRL_C}",
            stacklevel=find_stacklevel(),
        )

    def _build_model(self, seeds):
        dtype = resolve_dtype(self.dtype)
        generator = build_vanilla_generator(
            self._gan_shape,
            latent_dim=self.latent_dim,
            filters=read_filters(self.generator_filters),
            dtype=dtype,
            seed=next(seeds),
        )
        discriminator = build_vanilla_discriminator(
            self._gan_shape,
            filters=read_filters(self.discriminator_filters),
            dropout=self.dropout,
            dtype=dtype,
            seed=next(seeds),
        )
        model = VanillaAdversarialModel(generator, discriminator, seed=next(seeds))
        model.compile(*(FusedAdam(float(self.learning_rate)) for _ in range(2)))
        return model

    def _draw_rows(self, c, n, rng):
        def convert(images):
            if not np.isfinite(images).all():
                raise FloatingPointError(
                    f"The GAN diverged: it draws NaN for class {c!r}. Lower learning_rate."
                )
            images = resize_images(images, getattr(self, "_drawn_shape", self.image_shape_))
            return self.pixel_range_.from_signed(images, self._dtype)

        return draw_images(self.generators_[c], n, rng=rng, convert=convert).reshape(n, -1)


def resize_images(images, image_shape):
    """Resize images by linear interpolation, taking the average where they shrink.

    Parameters
    ----------
    images : ndarray of shape (n_images, height, width, channels)
    image_shape : tuple of 3 int
        ``(height, width, channels)``, with the channels of `images`.

    Returns
    -------
    ndarray of shape (n_images, *image_shape)
        float32 where it was resized.

    Examples
    --------
    >>> import numpy as np
    >>> resize_images(np.full((5, 60, 80, 3), 7.0), (256, 256, 3)).shape
    (5, 256, 256, 3)
    """
    if images.shape[1:] == tuple(image_shape):
        return images
    resized = keras.ops.image.resize(
        images.astype(np.float32), image_shape[:2], antialias=True, data_format="channels_last"
    )
    return np.asarray(resized)


def _refuse_single_images(y, needed):
    alone = np.array([c for c in needed if np.sum(y == c) < 2]).tolist()
    if alone:
        raise ValueError(
            f"A GAN needs at least 2 images of every class; class {alone[0]!r} has 1. Add images, "
            "leave the class out, or use AugmentationOverSampler."
        )
