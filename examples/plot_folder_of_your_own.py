"""
How do I train on a folder of my own?
=====================================

Photos of cells lie in folders, one for each class. :func:`~skwbc.datasets.load_image_folder` reads
them, :class:`~skwbc.CellCropper` finds the cell in each, a small network learns to name it, and
one file keeps all that. The photos are drawn here; put your own folder in their place.
"""

# %%
# A folder of photos
# ------------------
# 200 PNG files in four sub-folders. JPEG, PNG, BMP, WebP and TIFF will do.

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
from PIL import Image
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import train_test_split

import skwbc
from skwbc import CellCropper, CompactCNNClassifier, make_pipeline
from skwbc.datasets import load_image_folder, make_blood_cells
from skwbc.displays import BoxDisplay, ImageGridDisplay

temporary = tempfile.TemporaryDirectory()
folder = Path(temporary.name, "my-cells")
drawn = make_blood_cells(200, image_shape=(120, 160, 3), overlap=0.3, random_state=2)
for i, (photo, code) in enumerate(zip(drawn.images, drawn.target, strict=True)):
    class_folder = folder / drawn.target_names[code]
    class_folder.mkdir(parents=True, exist_ok=True)
    Image.fromarray(photo).save(class_folder / f"photo_{i:03d}.png")
for class_folder in sorted(folder.iterdir()):
    print(class_folder.name, "-", len(list(class_folder.iterdir())), "files")

# %%
# Read it, and set the test aside
# -------------------------------
# Here all photos have one size. If yours don't, `image_shape=(480, 640, 3)` resizes them, or
# `transform=` crops each as it is read. If several show one patient or slide, name that in a table
# (`labels=`) and split by `cells.groups`: a test on a patient that was trained on is too easy.

cells = load_image_folder(folder)
names = cells.target_names[cells.target]
X_train, X_test, y_train, y_test = train_test_split(
    cells.images, names, stratify=names, random_state=0
)
print("to train:", X_train.shape, "to test:", X_test.shape)

# %%
# Find the cells, and look
# ------------------------
# Nothing that comes later mends a window that misses its cell, so draw the boxes first.

cropper = CellCropper((32, 32)).fit(X_train)
BoxDisplay.from_estimator(cropper, X_train[:8])
plt.show()

# %%
# Crop and classify
# -----------------
# In a pipeline the cropper is a part of the model: what it is fitted on and predicts from are
# photos. The network and the training are half of what they are by default.

classifier = CompactCNNClassifier(filters=(16, 32, 64), epochs=40, batch_size=16, random_state=0)
model = make_pipeline(CellCropper((32, 32)), classifier)
model.fit(X_train, y_train)
predicted = model.predict(X_test)
print(
    f"balanced accuracy on {len(y_test)} unseen photos: "
    f"{balanced_accuracy_score(y_test, predicted):.2f}; the constant guess has 0.25"
)

# %%
# Keep it in a file
# -----------------
# The file holds the windows' settings and the network, and no code: :func:`skwbc.load` is safe on
# files of strangers. What comes back predicts the same.

file = Path(temporary.name, "cells.skwbc")
skwbc.save(model, file)
loaded = skwbc.load(file)
same = (loaded.predict_proba(X_test) == model.predict_proba(X_test)).all()
print(f"{file.stat().st_size / 1e6:.1f} MB; same probabilities: {same}")

# %%
# The test photos as the loaded model cropped them, in the row of the class that it gave them. Those
# that belong elsewhere are errors.

crops = loaded[0].transform(X_test)
ImageGridDisplay.from_arrays(crops, loaded.predict(X_test), n_columns=10)
plt.show()
temporary.cleanup()

# %%
# The boxes hold the cells, and most rows hold one kind of nucleus. These are drawings, with one
# cell in each photo, well stained and of one laboratory; how often the cell is found on real
# photos :doc:`was measured </cell_finder>`. And fifty test photos, three of them of the rarest
# class, leave a wide interval around any score. From the command line, `skwbc train my-cells -o
# cells.skwbc` does the same in earnest.
