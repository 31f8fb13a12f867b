# Run by cpack before it makes the packages: gives each the two files that Debian wants of every package,
# and athanor what lintian has to be told.
string(TIMESTAMP now "%a, %d %b %Y %H:%M:%S +0000" UTC)
foreach(component IN LISTS CPACK_COMPONENTS_ALL)
  string(TOUPPER ${component} name)
  set(package ${CPACK_DEBIAN_${name}_PACKAGE_NAME})
  set(folder ${CPACK_TEMPORARY_DIRECTORY}/${component}/usr/share/doc/${package})
  file(COPY ${CMAKE_CURRENT_LIST_DIR}/copyright DESTINATION ${folder})
  file(WRITE ${folder}/changelog "athanor (${CPACK_DEBIAN_PACKAGE_VERSION}) stable; urgency=medium

  * The commit log tells what has changed.

 -- ${CPACK_PACKAGE_CONTACT}  ${now}
")
  execute_process(COMMAND gzip -9nf ${folder}/changelog COMMAND_ERROR_IS_FATAL ANY)
endforeach()
configure_file(${CMAKE_CURRENT_LIST_DIR}/lintian-overrides
  ${CPACK_TEMPORARY_DIRECTORY}/runtime/usr/share/lintian/overrides/athanor COPYONLY)
