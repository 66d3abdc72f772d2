// SPDX-License-Identifier: Apache-2.0
// What seep says to a person: on stderr, so that stdout belongs to the target or to JSON.
#pragma once

#include <string>
#include <string_view>

namespace seep::agent {

// "seep: LINE". One write, so that it does not mix with the target's lines. Clears a live line.
void Say(std::string_view line);

// The one line of a terminal that is overwritten in place; elsewhere a plain line.
void ShowProgress(std::string_view line);

bool IsTerminal();

}  // namespace seep::agent
