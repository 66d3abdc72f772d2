// SPDX-License-Identifier: Apache-2.0
// The names that libraries and frameworks give to requests and their times, the most common first.
// Tried in that order when an operator names none.
#pragma once

#include <array>
#include <string_view>

namespace seep::endpoint {

// Histograms, without _bucket; seconds unless the name says otherwise.
inline constexpr std::array<std::string_view, 12> kLatencyNames{
    "http_request_duration_seconds",         // Go, Python and Node clients by convention
    "http_server_requests_seconds",          // Micrometer: Spring Boot, Quarkus
    "http_server_request_duration_seconds",  // OpenTelemetry
    "http_server_duration_milliseconds",     // OpenTelemetry before 1.23
    "http_request_duration_milliseconds",
    "http_requests_duration_seconds",
    "request_duration_seconds",
    "grpc_server_handling_seconds",
    "rpc_server_duration_milliseconds",
    "traefik_service_request_duration_seconds",
    "caddy_http_request_duration_seconds",
    "istio_request_duration_milliseconds",
};

// Counters.
inline constexpr std::array<std::string_view, 12> kRequestNames{
    "http_requests_total",
    "http_server_requests_total",
    "http_request_total",
    "requests_total",
    "grpc_server_handled_total",
    "nginx_http_requests_total",
    "traefik_service_requests_total",
    "haproxy_frontend_http_requests_total",
    "caddy_http_requests_total",
    "istio_requests_total",
    "apache_accesses_total",
    "redis_commands_processed_total",
};

// Labels that tell operations apart.
inline constexpr std::array<std::string_view, 9> kOperationLabels{
    "handler",  "route",     "http_route",  "uri",        "path",
    "endpoint", "operation", "grpc_method", "rpc_method",
};

// Labels of requests whose value begins with 5 when the server has failed.
inline constexpr std::array<std::string_view, 6> kStatusLabels{
    "code", "status", "status_code", "http_status", "http_response_status_code", "response_code",
};

}  // namespace seep::endpoint
