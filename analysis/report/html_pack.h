// SPDX-License-Identifier: Apache-2.0
// Text in a form that may stand anywhere in an HTML file: no character of it means anything there.
#pragma once

#include <string>
#include <string_view>

namespace seep::report {

// gzip (RFC 1952), then base64 (RFC 4648). The same text gives the same result.
std::string GzipBase64(std::string_view text);

// "&", "<", ">" and quotes as entities: text stays text in an element and in an attribute.
std::string EscapeHtml(std::string_view text);

}  // namespace seep::report
