"""Over-sampling by one GAN that all classes share."""

from numbers import Integral, Real

import keras
import numpy as np
from sklearn.utils._param_validation import Interval

from skwbc._adversarial import ConditionalAdversarialModel
from skwbc._dtype_policy import resolve_dtype
from skwbc._fit_tasks import FitTasks
from skwbc._gan_base import GANOverSamplerBase
from skwbc._gan_batches import GANBatches
from skwbc._gan_training import draw_images, plan_epochs, train_adversarial
from skwbc.networks._conditional_gan import (
    build_conditional_discriminator,
    build_conditional_generator,
)

BETAS = {"beta_1": 0.0, "beta_2": 0.99}  # of Adam, as R3GAN has them


class GANOverSampler(GANOverSamplerBase):
    """Over-sample with images from one class-conditional GAN, made for few images and a CPU.

    The classes share one generator and one discriminator, so that a class of twenty images
    profits from the hundreds of the others. The game is R3GAN's [1]_ (relativistic pairs, here of
    one class, with gradient penalties), behind differentiable augmentation [2]_, and the images
    are drawn from the moving average of the generator's weights.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        As in imbalanced-learn: "auto" and "not majority" bring every other class to the size of
        the largest; a dict gives totals per class, originals included; a float is the ratio of
        minority to majority of two classes. The GAN is trained on all classes in any case.
    max_images : int, default=64000
        Real images that the discriminator sees in all, repeats counted: the length of the
        training, whatever the size of the set. 64,000 images of 60x80 take about ten minutes on
        two cores.
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
    augmentation_probability : float, default=0.6
        Probability with which real and generated images are shifted, holed or relit before the
        discriminator sees them, in [0, 1].
    averaging : float, default=0.995
        Momentum of the moving average of the generator's weights, in [0, 1).
    dtype : {"auto", "float32", "mixed_bfloat16"}, default="auto"
        Arithmetic of the networks. "auto" is "mixed_bfloat16" on a processor that has it.
    image_shape : tuple of int, default=None
        ``(height, width[, channels])`` of the images in a flat X. By default read from a 4-D or
        3-D X, while each row of a 2-D X is an image of one line.
    random_state : int, RandomState instance or None, default=None
        Of the initial weights, draws and noise.
    verbose : int, default=0
        1 shows a bar on standard error, if that is a terminal.

    Attributes
    ----------
    sampling_strategy_ : dict
        Rows made for each class.
    classes_ : ndarray of shape (n_classes,)
        The classes.
    generator_ : keras.Model
        [(n, latent_dim), (n, n_classes)] -> (n, height, width, channels) in [-1, 1].
    history_ : dict of list of float
        "generator_loss" and "discriminator_loss", means over equal parts of the training. They
        do not tell good images: look at those.
    n_images_seen_ : int
        Real images that the discriminator saw.
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

    References
    ----------
    .. [1] N. Huang et al., "The GAN is dead; long live the GAN! A Modern GAN Baseline",
       NeurIPS 2024.
    .. [2] S. Zhao et al., "Differentiable Augmentation for Data-Efficient GAN Training",
       NeurIPS 2020.

    Examples
    --------
    Far too short a training, to show the shapes:

    >>> from skwbc import GANOverSampler
    >>> from skwbc.datasets import make_blood_cells
    >>> cells = make_blood_cells(24, image_shape=(16, 16, 3), random_state=0)
    >>> sampler = GANOverSampler(sampling_strategy="all", max_images=32, random_state=0)
    >>> images, target = sampler.fit_resample(cells.images, cells.target)
    >>> images.shape, images.dtype.name, len(target)
    ((56, 16, 16, 3), 'uint8', 56)
    >>> sampler.sample(2, y=0, random_state=0).shape
    (2, 16, 16, 3)
    """

    _parameter_constraints = {  # noqa: RUF012
        **GANOverSamplerBase._parameter_constraints,
        "penalty": [tuple, list],
        "penalty_interval": [Interval(Integral, 1, None, closed="left")],
        "augmentation_probability": [Interval(Real, 0, 1, closed="both")],
        "averaging": [Interval(Real, 0, 1, closed="left")],
    }

    def __init__(
        self,
        *,
        sampling_strategy="auto",
        max_images=64_000,
        batch_size=16,
        latent_dim=64,
        generator_filters=(128, 96, 64),
        discriminator_filters=(32, 64, 128, 192),
        learning_rate=4e-4,
        penalty=(1.1, 0.1),
        penalty_interval=4,
        augmentation_probability=0.6,
        averaging=0.995,
        dtype="auto",
        image_shape=None,
        random_state=None,
        verbose=0,
    ):
        super().__init__(sampling_strategy=sampling_strategy)
        self.max_images = max_images
        self.batch_size = batch_size
        self.latent_dim = latent_dim
        self.generator_filters = generator_filters
        self.discriminator_filters = discriminator_filters
        self.learning_rate = learning_rate
        self.penalty = penalty
        self.penalty_interval = penalty_interval
        self.augmentation_probability = augmentation_probability
        self.averaging = averaging
        self.dtype = dtype
        self.image_shape = image_shape
        self.random_state = random_state
        self.verbose = verbose

    def _count_tasks(self, needed):
        return plan_epochs(self.max_images, self.batch_size)[0]

    def _train(self, X, y, needed, seeds, context):
        self.classes_, codes = np.unique(y, return_inverse=True)
        model = self._build_model(seeds)
        batches_seed = next(seeds)
        self.history_, self.n_images_seen_ = train_adversarial(
            model,
            lambda n_steps: GANBatches(
                X,
                self.image_shape_,
                codes,
                self.pixel_range_,
                batch_size=self.batch_size,
                n_steps=n_steps,
                seed=batches_seed,
            ),
            max_images=self.max_images,
            batch_size=self.batch_size,
            verbose=self.verbose,
            description="GAN",
            tasks=FitTasks(context, "part", estimator=self, X=X, y=y),
        )
        self.generator_ = model.generator
        model.generator_optimizer.finalize_variable_values(self.generator_.trainable_variables)

    def _build_model(self, seeds):
        dtype = resolve_dtype(self.dtype)
        generator = build_conditional_generator(
            self.image_shape_,
            len(self.classes_),
            latent_dim=self.latent_dim,
            filters=self.generator_filters,
            dtype=dtype,
            seed=next(seeds),
        )
        discriminator = build_conditional_discriminator(
            self.image_shape_,
            len(self.classes_),
            filters=self.discriminator_filters,
            dtype=dtype,
            seed=next(seeds),
        )
        model = ConditionalAdversarialModel(
            generator,
            discriminator,
            seed=next(seeds),
            augmentation_probability=self.augmentation_probability,
            penalty=self.penalty,
            penalty_interval=self.penalty_interval,
            n_steps=-(-self.max_images // self.batch_size),
        )
        model.compile(
            keras.optimizers.Adam(
                self.learning_rate, **BETAS, use_ema=True, ema_momentum=self.averaging
            ),
            keras.optimizers.Adam(self.learning_rate, **BETAS),
        )
        return model

    def _draw(self, c, n, rng):
        one_hot = (self.classes_ == c).astype(np.float32)
        return draw_images(self.generator_, n, rng=rng, one_hot=one_hot)
