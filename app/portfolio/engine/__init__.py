"""What computes with numpy and a solver. Only the analysis function has these (docs/adr/0029): import it late."""
