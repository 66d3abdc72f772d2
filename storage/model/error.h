// SPDX-License-Identifier: Apache-2.0
// How every part of seep reports an expected failure: a value, never an exception.
// The message names the object, the cause and the remedy, in one line without a full stop.
#pragma once

#include <expected>
#include <string>

namespace seep::model {

enum class Errc {
  kNotFound,         // the object does not exist
  kIo,               // the operating system refused; the message holds its text
  kCorrupt,          // the object exists and its content contradicts itself
  kUnsupported,      // a newer version, or something this machine cannot do
  kInvalidArgument,  // the user's words
  kBusy,             // another process holds it; trying again may work
};

struct Error {
  Errc code;
  std::string message;
};

template <typename T>
using Result = std::expected<T, Error>;
using Status = std::expected<void, Error>;

std::unexpected<Error> Fail(Errc code, std::string message);

// "WHAT: <errno text>"; errno is read on entry.
std::unexpected<Error> FailErrno(const std::string& what);

}  // namespace seep::model
