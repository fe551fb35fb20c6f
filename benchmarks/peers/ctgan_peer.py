"""CTGAN: a conditional GAN for tables, here of principal components and the class."""

import numpy as np
import pandas as pd
from ctgan import CTGAN
from exchange import answer, count_epochs
from sklearn.decomposition import PCA

N_COMPONENTS = 50
TRIED_EPOCHS = (1, 201)
MOST_DRAWS = 100


def make(task):
    """Train one GAN for all classes."""
    pca = PCA(N_COMPONENTS, random_state=task.seed).fit(task.rows)
    table = pd.DataFrame(pca.transform(task.rows)).rename(columns="component {}".format)
    table["class"] = task.y
    n_epochs = count_epochs(task.seconds, lambda n: train(table, n, task.seed), TRIED_EPOCHS)
    gan = train(table, n_epochs, task.seed)
    return {c: pca.inverse_transform(draw(gan, c, n)) for c, n in task.n_needed.items()}


def train(table, n_epochs, seed):
    """Train for a number of epochs."""
    gan = CTGAN(epochs=n_epochs)
    gan.set_random_state(seed)
    gan.fit(table, ["class"])
    return gan


def draw(gan, c, n_needed):
    """Draw rows until enough of them are of the class: the condition is a preference only."""
    found = []
    for _ in range(MOST_DRAWS):
        drawn = gan.sample(4 * n_needed, "class", c)
        found.append(drawn[drawn["class"] == c].drop(columns="class").to_numpy(dtype=float))
        if sum(map(len, found)) >= n_needed:
            return np.concatenate(found)[:n_needed]
    raise RuntimeError(f"CTGAN draws hardly any rows of class {c}.")


if __name__ == "__main__":
    answer(make)
