"""What is left out of the GAN, or exchanged, to see what each part is good for."""

# parameters of GANOverSampler by the name of the arm
INGREDIENTS = {
    "no augmentation": {"augmentation_probability": 0.0},
    "augmentation fixed at 0.6": {"augmentation_probability": 0.6},
    "no gradient penalty": {"penalty": (0.0, 0.0)},
    "penalty at every step": {"penalty_interval": 1},
    "no moving average": {"averaging_images": 1},
    "last moment, not the best": {"validation_fraction": 0.0},
    "half the batch": {"batch_size": 8},
    "twice the batch": {"batch_size": 32},
}
