"""synthcity's image_cgan: one conditional Wasserstein GAN for all classes."""

import numpy as np
import torch
from exchange import answer, count_epochs
from synthcity.plugins import Plugins
from synthcity.plugins.core.dataloader import ImageDataLoader

TRIED_EPOCHS = (1, 3)


def make(task):
    """Train one GAN for all classes."""
    classes = list(task.n_needed)
    height, width, _ = task.image_shape
    images = task.rows.reshape(-1, *task.image_shape).transpose(0, 3, 1, 2)
    codes = np.array([classes.index(c) for c in task.y])
    pair = torch.from_numpy(np.ascontiguousarray(images)), torch.from_numpy(codes)
    loader = ImageDataLoader(pair, height=height, width=width, random_state=task.seed)
    n_epochs = count_epochs(task.seconds, lambda n: train(loader, n, task.seed), TRIED_EPOCHS)
    gan = train(loader, n_epochs, task.seed)
    return {c: draw(gan, code, task.n_needed[c]) for code, c in enumerate(classes)}


def train(loader, n_epochs, seed):
    """Train for a number of epochs, without an early end."""
    gan = Plugins().get(
        "image_cgan", n_iter=n_epochs, n_iter_min=n_epochs, early_stopping=False, random_state=seed
    )
    gan.fit(loader, cond=loader.unpack().labels())
    return gan


def draw(gan, code, n_needed):
    """Draw images of a class."""
    drawn = gan.generate(count=n_needed, cond=np.full(n_needed, code))
    # not through the loader, which takes them for images that are still to be scaled to [-1, 1]
    images = drawn.unpack().data.images.cpu().numpy()
    return (images.transpose(0, 2, 3, 1).reshape(n_needed, -1) + 1) * 127.5


if __name__ == "__main__":
    answer(make)
