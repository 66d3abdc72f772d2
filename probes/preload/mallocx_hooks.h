// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace seep::probe {

// Once, from our constructor: points the calls of mallocx and its family that loaded objects make
// at the probe, when the next allocator in link order has them.
void RedirectMallocx();

}  // namespace seep::probe
