# SPDX-License-Identifier: Apache-2.0
# Defines pliny::torch: LibTorch, found in the Python package torch or in an unpacked LibTorch archive.
#
# For the CPU this names the two libraries that are needed. It does not use TorchConfig.cmake, because that one
# demands a CUDA toolkit whenever LibTorch was built for CUDA, even for programs that never touch a GPU.

if(TARGET pliny::torch)
    return()
endif()

set(PLINY_TORCH_ROOT "" CACHE PATH "LibTorch: the folder with include/ and lib/. Empty: the Python package torch")
set(torch_root "${PLINY_TORCH_ROOT}")

foreach(python ${PROJECT_SOURCE_DIR}/.venv/bin/python3 python3)
    if(NOT torch_root)
        execute_process(
            COMMAND ${python} -c "import importlib.util as u; print(u.find_spec('torch').submodule_search_locations[0])"
            OUTPUT_VARIABLE torch_root OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE ignored)
    endif()
endforeach()

if(NOT EXISTS "${torch_root}/lib/libtorch_cpu.so")
    message(FATAL_ERROR
        "LibTorch was not found"
        " (looked in: PLINY_TORCH_ROOT='${PLINY_TORCH_ROOT}', ${PROJECT_SOURCE_DIR}/.venv, python3). Either\n"
        "  - run 'make setup' in the pliny checkout, or 'pip install torch==2.11.0', or\n"
        "  - unpack LibTorch from https://pytorch.org and pass -DPLINY_TORCH_ROOT=<folder>/libtorch, or\n"
        "  - do without it: -DPLINY_TORCH=OFF builds pliny::core only.")
endif()
message(STATUS "LibTorch: ${torch_root}")

add_library(pliny::torch INTERFACE IMPORTED GLOBAL)
if(PLINY_CUDA)
    find_package(Torch REQUIRED PATHS ${torch_root} NO_DEFAULT_PATH)
    target_link_libraries(pliny::torch INTERFACE ${TORCH_LIBRARIES})
else()
    target_include_directories(pliny::torch INTERFACE
        ${torch_root}/include ${torch_root}/include/torch/csrc/api/include)
    target_link_libraries(pliny::torch INTERFACE ${torch_root}/lib/libtorch_cpu.so ${torch_root}/lib/libc10.so)
endif()
