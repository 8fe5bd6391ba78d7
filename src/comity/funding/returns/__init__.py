"""What comes back to each partner: work, technology and training, against what it pays."""
