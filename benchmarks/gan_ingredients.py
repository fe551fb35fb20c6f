"""What is left out of the GAN, or exchanged, to see what each part is good for.

All of these trainings take as long as one of the default GAN on `N_IMAGES`, half its length, which
is the first of them.
"""

from unittest import mock

from skwbc import _adversarial

N_IMAGES = 32_000

# parameters of GANOverSampler, or constants of its game, by the name of the arm
UNCHANGED = "nothing changed, half as long"
SETTINGS = {
    UNCHANGED: {},
    "no augmentation": {"augmentation_probability": 0.0},
    "augmentation fixed at 0.6": {"augmentation_probability": 0.6},
    "no gradient penalty": {"penalty": (0.0, 0.0)},
    "penalty at every step": {"penalty_interval": 1},
    "no moving average": {"averaging_images": 1},
    "last moment, not the best": {"validation_fraction": 0.0},
    "half the batch": {"batch_size": 8},
    "twice the batch": {"batch_size": 32},
}
CONSTANTS = {
    "classes of real images not learned": {"CLASS_LOSS": 0.0},
    "class in the game from the start": {"LATE_CLASS": 1e-9},
}
INGREDIENTS = [*SETTINGS, *CONSTANTS]


def change_game(arm):
    """Give a context in which the game has the constants of an arm."""
    return mock.patch.dict(vars(_adversarial), CONSTANTS.get(arm, {}))
