"""What users name: one room each. Rooms know only the rooms below them, by their package root."""
