"""What a lesson needs: what it says, checks and records; its figures, widgets and costs."""
