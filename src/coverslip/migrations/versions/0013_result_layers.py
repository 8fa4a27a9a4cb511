"""Corrections of a result layer are found by the layer.

Revision ID: 0013
Revises: 0012
"""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index."""
    op.create_index("ix_annotation_corrects_layer_id_slide_id", "annotation", ["corrects_layer_id", "slide_id"])


def downgrade() -> None:
    """Take it away."""
    op.drop_index("ix_annotation_corrects_layer_id_slide_id", table_name="annotation")
