// SPDX-License-Identifier: Apache-2.0
#include "storage/model/error.h"

#include <cerrno>
#include <cstring>
#include <utility>

namespace seep::model {

std::unexpected<Error> Fail(Errc code, std::string message) {
  return std::unexpected(Error{code, std::move(message)});
}

std::unexpected<Error> FailErrno(const std::string& what) {
  const int cause = errno;
  const Errc code = cause == ENOENT || cause == ESRCH ? Errc::kNotFound : Errc::kIo;
  return Fail(code, what + ": " + std::strerror(cause));
}

}  // namespace seep::model
