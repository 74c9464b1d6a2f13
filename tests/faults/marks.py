"""How processes of a sweep are told what to do, and tell what was done."""

SAVE, DIES = "EVOPHYS_FAULT_SAVE", "EVOPHYS_FAULT_DIES"
STRUCK, GO_ON = "struck", "go-on"
