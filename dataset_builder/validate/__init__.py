"""The validator: rules by family, findings, reporters."""
