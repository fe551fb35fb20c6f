"""
What do more cores bring?
=========================

A search and a study consist of fits that don't know of each other, so they can run side by side:
`n_jobs` of scikit-learn and of :class:`~skwbc.AblationStudy` starts processes for that. What they
cost before they gain is measured here.
"""

# %%
# A small search, three times
# ---------------------------
# Four fits: in this process; in two that have to be started; and in the same two again, which
# joblib keeps for some minutes. The network computes in float32, so that the scores can be compared
# to many digits.

# sphinx_gallery_parallel = False

from time import perf_counter

import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import GridSearchCV

from skwbc import CellCropper, CNNClassifier
from skwbc.datasets import make_blood_cells

photos = make_blood_cells(200, image_shape=(120, 160, 3), random_state=2)
images = CellCropper((32, 32)).fit_transform(photos.images)
names = photos.target_names[photos.target]

classifier = CNNClassifier(epochs=10, dtype="float32", random_state=0)
grid = {"learning_rate": [3e-4, 1e-3]}
seconds, scores = {}, {}
for run, n_jobs in {"1 process": 1, "2 processes, to start": 2, "2 processes, started": 2}.items():
    search = GridSearchCV(classifier, grid, cv=2, refit=False, n_jobs=n_jobs)
    start = perf_counter()
    search.fit(images, names)
    seconds[run] = perf_counter() - start
    scores[run] = search.cv_results_["mean_test_score"]

figure, ax = plt.subplots(figsize=(6, 2.2), layout="constrained")
bars = ax.barh(list(seconds), list(seconds.values()))
ax.bar_label(bars, fmt="%.0f s", padding=3)
ax.set_xlim(0, 1.15 * max(seconds.values()))
ax.invert_yaxis()
ax.set_xlabel("seconds for four fits")
plt.show()
apart = np.ptp(list(scores.values()), axis=0).max()
print(f"the scores of the three differ by {apart:.3f} at most")

# %%
# Each process loads TensorFlow first, which takes some seconds and about 0.5 GB of memory, and has
# its own copy of the images. So count the memory before the cores: eight processes are 4 GB. And
# TensorFlow uses all cores in one process already, if not well for small networks: two processes on
# two cores are less than twice as fast. What they bring grows with the number of cores and of fits;
# four short fits hardly pay for the start.
#
# The seconds above are one measurement, on the machine that built this page.
#
# A study
# -------
# :class:`~skwbc.AblationStudy` keeps together what needs the same GAN: with `n_jobs=4` it trains
# the GANs of four folds at once, and each of them one time. With a `folder`, every finished fit is
# kept, whatever happens to the others.
#
# .. code-block:: python
#
#     study = AblationStudy(cv=5, n_repeats=3, n_jobs=4, folder="my-study")
#
# Several machines
# ----------------
# joblib can hand the fits to a cluster in the place of processes. With Dask (``pip install
# "dask[distributed]"``), a scheduler runs on one machine, and on each one workers of one thread, as
# many as its memory holds; all have the same versions of Python, TensorFlow and skwbc:
#
# .. code-block:: sh
#
#     dask scheduler                                                 # on one
#     dask worker tcp://that-one:8786 --nworkers 4 --nthreads 1      # on each
#
# .. code-block:: python
#
#     import joblib
#     from dask.distributed import Client
#
#     client = Client("tcp://that-one:8786")
#     with joblib.parallel_config("dask"):
#         study.fit(images, names)  # or search.fit; leave n_jobs out
#
# The `folder` of a study, and the `memory` of a pipeline, then lie on a disk that all machines see.
# Seeds are the same everywhere, but processors differ in the last digits, and trainings grow them:
# ``dtype="float32"`` keeps machines closer to each other.
#
# :doc:`/parallel` has the rest: threads, ray, processes that die, several GPUs.
