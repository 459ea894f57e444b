"""From a finding to a change and its proof: the stages that `tain mitigate` calls, one after the other."""
