"""The training of the shared GAN: what its sampler asks for, and a second attempt."""

import time
from functools import partial

import numpy as np

from skwbc._adversarial import ConditionalAdversarialModel
from skwbc._dtype_policy import resolve_dtype
from skwbc._filters import read_filters
from skwbc._game_state import restore_game
from skwbc._gan_batches import GANBatches
from skwbc._gan_selection import BestMoment, ValidationDistance
from skwbc._gan_training import train_adversarial
from skwbc._hold_out import hold_out
from skwbc._network_state import copy_network
from skwbc._optimizers import FusedAdam
from skwbc._seeding import seed_stream
from skwbc.networks._conditional_gan import (
    build_conditional_discriminator,
    build_conditional_generator,
)

N_ATTEMPTS = 2  # trainings, each at a quarter of the learning rate before, if one diverges
LEAST_HELD_OUT = 8  # images, or no moment is chosen
BETAS = {"beta_1": 0.0, "beta_2": 0.99}  # of Adam, as R3GAN has them


class ConditionalTraining:
    """Train one GAN for all classes as a sampler's parameters say.

    Parameters
    ----------
    sampler : GANOverSampler
        Its parameters, `image_shape_`, `pixel_range_` and `n_images_seen_` are read.
    rows : LazyImages of shape (n_images, n_features)
        Real images.
    codes : ndarray of shape (n_images,)
        Class codes, from 0.
    hold_out_seed : int
        Of the images that choose the moment; the same for a warm start as for the fit before.
    """

    def __init__(self, sampler, rows, codes, hold_out_seed):
        self.sampler = sampler
        self.rows, self.codes = rows, codes
        self.hold_out_seed = hold_out_seed

    def run(self, seed, *, state, callbacks):
        """Train, and once more with a smaller step if the first attempt diverges.

        Parameters
        ----------
        seed : int
            Of weights, draws and noise.
        state : list of ndarray or None
            From :func:`~skwbc._game_state.save_game`, to go on from.
        callbacks : list of keras.callbacks.Callback
            Told of the first attempt, which has as many parts as they expect.

        Returns
        -------
        model : ConditionalAdversarialModel or None
            As it is at the end; None if every attempt diverged.
        best : BestMoment or None
            What found the best moment, if any was looked for.
        log : TrainingLog
            Of the last attempt.
        """
        deadline = time.monotonic() + (self.sampler.max_seconds or np.inf)
        for attempt in range(N_ATTEMPTS):
            seeds = seed_stream((seed, attempt))
            train, best = self._set_aside(next(seeds))
            model = self._build_model(seeds, float(self.sampler.learning_rate) / 4**attempt)
            if state is not None:
                restore_game(model, state)
                if best is not None:
                    best.consider(self.sampler.generator_)  # the training may make it worse
            log = train_adversarial(
                model,
                self._plan_batches(train, next(seeds)),
                max_images=self.sampler.max_images,
                max_seconds=deadline - time.monotonic() if self.sampler.max_seconds else None,
                batch_size=self.sampler.batch_size,
                verbose=self.sampler.verbose,
                description="GAN",
                best=best,
                callbacks=callbacks if attempt == 0 else [],
            )
            if not log.diverged:
                return model, best, log
        return None, None, log

    def _set_aside(self, seed):
        """Give the rows to train on, and what finds the best moment by the others."""
        sampler = self.sampler
        if sampler.validation_fraction > 0:
            settings = sampler.image_shape_, sampler.pixel_range_
            train, held_out = hold_out(self.codes, sampler.validation_fraction, self.hold_out_seed)
            if len(held_out) >= LEAST_HELD_OUT:
                measure = ValidationDistance(self.rows, self.codes, held_out, *settings, seed=seed)
                return train, BestMoment(measure)
        return np.arange(len(self.rows)), None

    def _plan_batches(self, train, seed):
        return partial(
            GANBatches,
            self.rows[train],
            self.sampler.image_shape_,
            self.codes[train],
            self.sampler.pixel_range_,
            batch_size=self.sampler.batch_size,
            seed=seed,
        )

    def _build_model(self, seeds, learning_rate):
        sampler = self.sampler
        shared = sampler.image_shape_, int(self.codes.max()) + 1
        dtype = resolve_dtype(sampler.dtype)
        generator = build_conditional_generator(
            *shared,
            latent_dim=sampler.latent_dim,
            filters=read_filters(sampler.generator_filters),
            dtype=dtype,
            seed=next(seeds),
        )
        discriminator = build_conditional_discriminator(
            *shared,
            filters=read_filters(sampler.discriminator_filters),
            dtype=dtype,
            seed=next(seeds),
        )
        model = ConditionalAdversarialModel(
            generator,
            discriminator,
            copy_network(generator),
            seed=next(seeds),
            augmentation_probability=sampler.augmentation_probability,
            penalty=sampler.penalty,
            penalty_interval=sampler.penalty_interval,
            averaging_images=sampler.averaging_images,
            n_images=sampler.n_images_seen_ + sampler.max_images,
        )
        adam = partial(FusedAdam, learning_rate, **BETAS)
        model.compile(adam(), adam())
        return model
