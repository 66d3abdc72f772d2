// SPDX-License-Identifier: Apache-2.0
#include "storage/model/stack.h"

namespace seep::model {

const char* ToString(StackKind kind) {
  return kind == StackKind::kMapping ? "mapping" : "heap";
}

}  // namespace seep::model
