# SPDX-License-Identifier: GPL-2.0-only
# What every folder's CMakeLists.txt uses: compiler flags, libraries, and one function a module.

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

set(CASTBED_SANITIZE "" CACHE STRING "value of -fsanitize=, e.g. address,undefined")
option(CASTBED_COVERAGE "count executed lines (gcov)" OFF)
option(CASTBED_FUZZ "build the fuzz targets with libFuzzer (clang)" OFF)

add_library(castbed_flags INTERFACE)
target_include_directories(castbed_flags INTERFACE ${CMAKE_SOURCE_DIR})
# Same seed, same file on every processor: no contraction, no fast maths.
target_compile_options(castbed_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror
  $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes> $<$<COMPILE_LANGUAGE:C>:-Wmissing-prototypes>
  -ffp-contract=off -fno-fast-math)
target_compile_definitions(castbed_flags INTERFACE _POSIX_C_SOURCE=200809L
  CASTBED_VERSION="${PROJECT_VERSION}")
if(CASTBED_SANITIZE)
  target_compile_options(castbed_flags INTERFACE
    -fsanitize=${CASTBED_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(castbed_flags INTERFACE -fsanitize=${CASTBED_SANITIZE})
  # The ns-3 bridge throws: the sanitizers must have found libstdc++ before it is opened.
  target_link_options(castbed_flags INTERFACE -Wl,--no-as-needed -lstdc++ -Wl,--as-needed)
endif()
if(CASTBED_FUZZ)
  target_compile_options(castbed_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(CASTBED_COVERAGE)
  target_compile_options(castbed_flags INTERFACE --coverage)
  target_link_options(castbed_flags INTERFACE --coverage)
endif()

# Release: the program itself is linked with whole-program optimisation (4 to 5 % faster); tests are not, to
# keep their builds short, so objects carry both forms.
if(CMAKE_BUILD_TYPE STREQUAL Release AND CMAKE_C_COMPILER_ID STREQUAL GNU AND NOT CASTBED_SANITIZE
   AND NOT CASTBED_COVERAGE)
  target_compile_options(castbed_flags INTERFACE -flto -ffat-lto-objects)
  set(CASTBED_LINK_OPTIONS -flto=auto -O3)
endif()

find_package(PkgConfig REQUIRED)
pkg_check_modules(NETTLE REQUIRED IMPORTED_TARGET nettle)
pkg_check_modules(LIBFYAML REQUIRED IMPORTED_TARGET libfyaml)
pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3)
pkg_check_modules(LIBUV REQUIRED IMPORTED_TARGET libuv)
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson)
pkg_check_modules(EXPAT REQUIRED IMPORTED_TARGET expat)
pkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka)

# castbed_module(NAME LIBRARY...): a static library of every .c file in this folder.
function(castbed_module name)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.c)
  add_library(${name} STATIC ${sources})
  target_link_libraries(${name} PUBLIC castbed_flags ${ARGN})
endfunction()
