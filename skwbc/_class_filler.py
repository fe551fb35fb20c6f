"""Fill each class from the best source that stands the test, and say why if it isn't the GAN."""

from functools import partial

import numpy as np

from skwbc._filters import read_filters
from skwbc._latent_interpolation import encode, train_autoencoder
from skwbc._real_distances import RealDistances
from skwbc._synthetic_filter import Drawn, SyntheticFilter
from skwbc._synthetic_quality import ClassJudge
from skwbc._synthetic_sources import COPIES, GAN, INTERPOLATION
from skwbc.metrics._memorisation import copy_distance

AUTOENCODER_SHARE = 4  # the part of a sampler's budget that an interpolation learns from
LEFT_OUT = {GAN: "the GAN", INTERPOLATION: "Interpolation"}  # the second begins a sentence


class ClassFiller:
    """Draw what a class needs from the GAN, from an interpolation, or as copies.

    Parameters
    ----------
    rows, y : ndarray
        Real images, flat, and their classes.
    sources : SyntheticSources
        Where to draw; what is missing there is added.
    judge : ClassJudge
        Finds faults and gives figures.
    synthetic_filter : SyntheticFilter
        Leaves out near-copies and near-twins.
    train_interpolation : callable
        ``train_interpolation()`` gives an encoder and a decoder; called at most once.
    gan_fault : str or None
        Why the GAN can't be used for any class.
    min_class_size : int
        Images that a class of the GAN has at least.
    interrupted : bool, default=False
        Whether Ctrl-C ended the training: then no other one begins.

    Attributes
    ----------
    reasons : dict of class to str
        Why a class did not get images of the GAN.
    report : dict of class to dict
        Figures of each class that was filled.
    """

    def __init__(
        self,
        rows,
        y,
        sources,
        *,
        judge,
        synthetic_filter,
        train_interpolation,
        gan_fault,
        min_class_size,
        interrupted=False,
    ):
        self.rows, self.y = rows, y
        self.sources = sources
        self.judge = judge
        self.synthetic_filter = synthetic_filter
        self.train_interpolation = train_interpolation
        self.gan_fault = gan_fault
        self.min_class_size = min_class_size
        self.interrupted = interrupted
        self.encoder = None
        self.reasons, self.report = {}, {}

    @classmethod
    def of_sampler(cls, sampler, X, y, sources, *, gan_fault, seed, seconds_spent):
        """Make one by the parameters of a GANOverSampler.

        Parameters
        ----------
        sampler : GANOverSampler
            Whose training is over.
        X, y, sources, gan_fault
            As the class takes them.
        seed : int
            Of the interpolation.
        seconds_spent : float
            Of `max_seconds`; the interpolation has what is left, and its share at least.
        """
        settings = {"image_shape": sampler.image_shape_, "pixel_range": sampler.pixel_range_}
        among_real = RealDistances(X, sampler.image_shape_)
        limit = None
        if sampler.copy_quantile:
            limit = copy_distance(among_real.sample(), sampler.copy_quantile)
        return cls(
            X,
            y,
            sources,
            judge=ClassJudge(
                X,
                y,
                **settings,
                among_real=among_real,
                min_diversity=sampler.min_diversity,
                max_distance=sampler.max_distance,
            ),
            synthetic_filter=SyntheticFilter(X, sampler.image_shape_, limit),
            train_interpolation=partial(
                train_autoencoder,
                X,
                np.unique(y, return_inverse=True)[1],
                **settings,
                latent_dim=int(sampler.latent_dim),
                filters=read_filters(sampler.generator_filters),
                max_images=-(-sampler.max_images // AUTOENCODER_SHARE),
                dtype=sampler.dtype,
                seed=seed,
                max_seconds=limit_seconds(sampler.max_seconds, seconds_spent),
            ),
            gan_fault=gan_fault,
            interrupted=sampler.interrupted_,
            min_class_size=sampler.min_class_size,
        )

    def fill(self, c, n, rng):
        """Give n rows of class c."""
        faults = []
        for source in (GAN, INTERPOLATION, COPIES):
            drawn, fault = self._try(source, c, n, rng)
            if fault is None:
                break
            faults.append(f"{LEFT_OUT[source]} was not used, because {fault}")
        if faults:
            self.reasons[c] = ". ".join(faults)
        self.report[c] = {"source": source, **self.judge.describe(c, drawn)}
        return drawn.rows

    def _try(self, source, c, n, rng):
        """Give images of a source, or the reason why they can't be used."""
        real = self.rows[self.y == c]
        fault = self._prepare(source, c, real)
        if fault is not None:
            return None, fault
        self.sources.chosen[c] = source
        if source == COPIES:
            return Drawn(self.sources.draw(c, n, rng), n, n, 0), None
        try:
            drawn = self.synthetic_filter.draw(lambda m: self.sources.draw(c, m, rng), n)
        except FloatingPointError as error:
            return None, f"of an error: {str(error).rstrip('.')}"
        return drawn, self.judge.find_fault(c, drawn, n)

    def _prepare(self, source, c, real):
        """Make a source ready for a class, or say why that can't be."""
        if source == COPIES:
            self.sources.originals[c] = real
            return None
        if source == GAN:
            if c not in self.sources.gan_classes:
                return (
                    f"the class has {_count(real)}, fewer than min_class_size={self.min_class_size}"
                )
            if (real == real[0]).all():
                return "the images of the class are all the same"
            return self.gan_fault
        if (real == real[0]).all():
            return "it needs images that differ"
        if self.interrupted:
            return "the training was interrupted"
        if self.encoder is None:
            try:
                self.encoder, self.sources.decoder = self.train_interpolation()
            except KeyboardInterrupt:  # copies need no training
                self.interrupted = True
                return "its training was interrupted"
        settings = self.sources.image_shape, self.sources.pixel_range
        self.sources.latents[c] = encode(self.encoder, real, *settings)
        return None


def limit_seconds(max_seconds, spent):
    """Give the seconds that an interpolation may take, or None if they are not limited.

    Examples
    --------
    >>> limit_seconds(60, 10), limit_seconds(60, 59)
    (50, 15.0)
    """
    if max_seconds is None:
        return None
    return max(max_seconds - spent, max_seconds / AUTOENCODER_SHARE)


def _count(images):
    return "1 image" if len(images) == 1 else f"{len(images)} images"
