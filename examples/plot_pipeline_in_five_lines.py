"""
How does the pipeline work on images?
=====================================

A smear has ten neutrophils for one monocyte, and a network that has seen few monocytes calls
none. :class:`~skwbc.GANOverSampler` draws more of them, a classifier learns from real and drawn
images together, and :class:`~skwbc.Pipeline` keeps the two in order. Here is the whole way, in
half a minute, on cells that the package draws itself.
"""

# %%
# The images
# ----------
# A window around each cell, ``(n, height, width, channels)``, and a class for each. For real
# photos, :func:`~skwbc.datasets.fetch_bccd` cuts such windows by ``crop="box"``. A quarter of the
# images is set aside for the test, before anything is fitted.

from collections import Counter

import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import train_test_split

from skwbc import CNNClassifier, GANOverSampler, Pipeline
from skwbc.datasets import make_blood_cells
from skwbc.displays import ImageGridDisplay

SIDE = 24  # pixels

cells = make_blood_cells(320, image_shape=(54, 72, 3), overlap=0.3, random_state=0)
left, top, right, bottom = cells.boxes.T
x = np.clip((left + right - SIDE) // 2, 0, 72 - SIDE).astype(int)
y = np.clip((top + bottom - SIDE) // 2, 0, 54 - SIDE).astype(int)
windows = np.stack([cells.images[i, y[i] : y[i] + SIDE, x[i] : x[i] + SIDE] for i in range(320)])
names = cells.target_names[cells.target]
X_train, X_test, y_train, y_test = train_test_split(windows, names, stratify=names, random_state=0)
print("to train:", dict(Counter(y_train.tolist())))

# %%
# The pipeline, in five lines
# ---------------------------
# Networks and training are cut short here: the GAN sees 8,000 images, by default 64,000.

small = {"generator_filters": (64, 48, 32), "discriminator_filters": (16, 32, 64, 96)}
gan = GANOverSampler(
    **small, max_images=8_000, learning_rate=1e-3, averaging_images=500, random_state=0
)
classifier = CNNClassifier(filters=(16, 32), epochs=10, random_state=0)
pipeline = Pipeline([("gan", gan), ("classifier", classifier)])
pipeline.fit(X_train, y_train)
print(f"accuracy on {len(y_test)} real, unseen images: {pipeline.score(X_test, y_test):.2f}")

# %%
# What has happened:
#
# 1. 15 % of the training images were set aside, to choose the best epoch; all of them are real;
# 2. the GAN learned from the others, and drew images until every class was as large as the
#    largest;
# 3. the classifier learned from both, and kept the weights of the epoch that was best on the
#    images set aside.
#
# At predict the GAN is passed by. What it drew in fit:

print("drawn:", {str(name): int(n) for name, n in gan.sampling_strategy_.items()})

# %%
# Look at the images
# ------------------
# A score doesn't tell what the GAN has learned, so look. The fitted sampler draws on request;
# with one `random_state` for all classes, a column shows the same noise in each of them.

synthetic = np.concatenate([gan.sample(6, name, random_state=0) for name in cells.target_names])
figure, axes = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
ImageGridDisplay.from_arrays(X_train, y_train, n_columns=6, ax=axes[0])
ImageGridDisplay.from_arrays(synthetic, cells.target_names.repeat(6), ax=axes[1])
axes[0].set_title("real")
axes[1].set_title("synthetic")
axes[1].set_yticklabels([])
plt.show()

# %%
# After this short training the GAN knows where the cell is, and how dark each class is: the
# lymphocytes are dark and the monocytes pale, in each column. Lobes and granules, by which
# neutrophils and eosinophils are told apart, are missing still. That takes the full training, and
# whether it helps takes a study: `skwbc ablation`, not one split of eighty images.
